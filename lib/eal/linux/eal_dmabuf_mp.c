/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * EAL's IPC lets a secondary process talk to the primary one only, so that one passes questions on.
 *
 * The thread that receives messages must never wait: for other processes, whose answers it would
 * have to receive, or for the memory hotplug lock, under which EAL itself waits for answers. What the
 * primary process can't answer at once is therefore another thread's work, and that asks with
 * rte_mp_request_async(): if a process does not answer, rte_mp_request_sync() forgets, without
 * closing them, the descriptors that others sent.
 */

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_string_fns.h>

#include "eal_dmabuf.h"
#include "eal_dmabuf_mp.h"
#include "eal_filesystem.h"
#include "eal_internal_cfg.h"
#include "eal_private.h"

#ifndef EAL_LOG /* DPDK before 24.03 */
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\n", ## __VA_ARGS__)
#endif

#define ACTION "eal_dmabuf"

/* seconds that the primary process waits for answers, and for processes that start to answer */
#define SECONDARIES_WITHIN 3
#define STARTED_WITHIN 10
/* seconds that secondary ones wait for the primary one, which may have to wait as above */
#define DESCRIPTOR_WITHIN (3 * SECONDARIES_WITHIN + 1) /* others may have asked before */
#define KNOWLEDGE_WITHIN (STARTED_WITHIN + SECONDARIES_WITHIN + 2)
/* microseconds until a process that starts is asked again */
#define AGAIN_AFTER 20000
#define NSEC_PER_SEC INT64_C(1000000000)
/* an answer to an earlier question, which had come too late, is discarded */
#define TRIES 3

enum question_kind {
	DESCRIPTOR_OF, /* of a registration */
	KNOW_DMABUFS, /* you, if a secondary process is asked, or else all of you */
};

struct question {
	uint32_t kind;
	uint32_t list;
	uint64_t registration;
	uint64_t number; /* of the question; its answer has it too */
};

struct answer {
	uint64_t number;
	int32_t error; /* 0 or an errno; 0 with a descriptor attached for DESCRIPTOR_OF */
	int32_t pid; /* of who answers, or, with EBUSY, of who is in the way */
};

/* One question at a time: IPC tells requests apart by their name only. */
static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;

/* What the secondary processes answered. */
struct answers {
	uint64_t number; /* of the question; 0 when the primary process asks nothing */
	bool complete;
	bool someone_silent;
	bool stale; /* a late answer may have taken the place of one to this question */
	int error; /* one that an answer told of, other than ENOENT */
	int fd;
	int32_t *pids; /* of who answered */
	unsigned int n_pids;
};

static const struct answers no_answers = { .fd = -1 };
static struct answers incoming = { .fd = -1 };
static pthread_mutex_t incoming_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t incoming_complete;

static void
close_fds(const struct rte_mp_msg *msg)
{
	int i;

	for (i = 0; i < msg->num_fds; i++)
		close(msg->fds[i]);
}

static void
write_question(struct rte_mp_msg *msg, struct question *q)
{
	static uint64_t n;

	/* only who asks writes this, and that is one thread at a time */
	q->number = (uint64_t)getpid() << 32 | (uint32_t)++n;
	memset(msg, 0, sizeof(*msg));
	strlcpy(msg->name, ACTION, sizeof(msg->name));
	memcpy(msg->param, q, sizeof(*q));
	msg->len_param = sizeof(*q);
}

/* Takes the descriptor of a message, if it has one, and the answer in it; false if it is no answer. */
static bool
read_answer(const struct rte_mp_msg *msg, struct answer *a, int *fd)
{
	*fd = -1;
	if (msg->len_param != sizeof(*a) || msg->num_fds > 1) {
		close_fds(msg);
		return false;
	}
	memcpy(a, msg->param, sizeof(*a));
	if (msg->num_fds == 1)
		*fd = msg->fds[0];
	return true;
}

static int
send_answer(const struct question *q, const char *peer, int error, int pid, int fd)
{
	struct answer a = { .number = q->number, .error = error, .pid = pid };
	struct rte_mp_msg msg;

	memset(&msg, 0, sizeof(msg));
	strlcpy(msg.name, ACTION, sizeof(msg.name));
	memcpy(msg.param, &a, sizeof(a));
	msg.len_param = sizeof(a);
	if (fd >= 0) {
		msg.fds[0] = fd;
		msg.num_fds = 1;
	}
	return rte_mp_reply(&msg, peer);
}

/*
 * A descriptor that arrives when this process has no number free for it would be lost, and with it,
 * in EAL, the thread that receives messages.
 */
static int
check_fds_are_free(unsigned int n)
{
	int *fds = malloc(n * sizeof(*fds));
	unsigned int i, opened = 0;

	if (fds == NULL) {
		rte_errno = ENOMEM;
		return -1;
	}
	while (opened < n && (fds[opened] = eventfd(0, EFD_CLOEXEC)) >= 0)
		opened++;
	for (i = 0; i < opened; i++)
		close(fds[i]);
	free(fds);
	if (opened == n)
		return 0;
	rte_errno = EMFILE;
	return -1;
}

/* ---- the primary process asks the secondary ones ---- */

static void
take_answer(const struct rte_mp_msg *msg)
{
	struct answer a;
	int fd;

	if (!read_answer(msg, &a, &fd))
		return;
	if (a.number != incoming.number) {
		incoming.stale = true;
	} else {
		incoming.pids[incoming.n_pids++] = a.pid;
		if (a.error != 0 && a.error != ENOENT)
			incoming.error = a.error;
		if (incoming.fd < 0) {
			incoming.fd = fd;
			fd = -1;
		}
	}
	eal_dmabuf_close(fd);
}

/* EAL calls this when all have answered or the time is over. */
static int
take_answers(const struct rte_mp_msg *request, const struct rte_mp_reply *reply)
{
	struct question q;
	bool awaited;
	int i;

	memcpy(&q, request->param, sizeof(q));
	pthread_mutex_lock(&incoming_lock);
	awaited = q.number == incoming.number;
	if (awaited)
		incoming.pids = malloc(sizeof(*incoming.pids) * (reply->nb_received + 1));
	for (i = 0; i < reply->nb_received; i++) {
		if (awaited && incoming.pids != NULL)
			take_answer(&reply->msgs[i]);
		else
			close_fds(&reply->msgs[i]);
	}
	if (awaited) {
		incoming.someone_silent = reply->nb_received < reply->nb_sent;
		incoming.complete = true;
		pthread_cond_signal(&incoming_complete);
	}
	pthread_mutex_unlock(&incoming_lock);
	return 0;
}

static void
drop(struct answers *a)
{
	eal_dmabuf_close(a->fd);
	free(a->pids);
	*a = no_answers;
}

/*
 * Ask, and wait until all have answered or the time is over. The caller has the mutex asking, and asks
 * again if the answers are stale.
 */
static struct answers
ask_secondaries(struct question *q, const struct timespec *until)
{
	struct timespec within, now;
	struct answers outcome;
	pthread_condattr_t attr;
	struct rte_mp_msg msg;
	int64_t ns;
	int ret = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (until->tv_sec - now.tv_sec) * NSEC_PER_SEC + until->tv_nsec - now.tv_nsec;
	ns = RTE_MAX(ns, NSEC_PER_SEC / 10);
	within.tv_sec = ns / NSEC_PER_SEC;
	within.tv_nsec = ns % NSEC_PER_SEC;

	write_question(&msg, q);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&incoming_complete, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_lock(&incoming_lock);
	incoming.number = q->number;
	pthread_mutex_unlock(&incoming_lock);

	/* if it could not ask all, answers of some may come or not, by version; they are not awaited */
	if (rte_mp_request_async(&msg, &within, take_answers) < 0) {
		pthread_mutex_lock(&incoming_lock);
		outcome = incoming;
		incoming = no_answers;
		pthread_mutex_unlock(&incoming_lock);
		pthread_cond_destroy(&incoming_complete);
		drop(&outcome);
		if (rte_errno == EMFILE || rte_errno == ENOMEM)
			outcome.error = rte_errno;
		else /* somebody has just ended */
			outcome.stale = true;
		return outcome;
	}

	/* the part of a second, and another for EAL to say that the time is over */
	now.tv_sec += within.tv_sec + 2;
	pthread_mutex_lock(&incoming_lock);
	while (!incoming.complete && ret == 0)
		ret = pthread_cond_timedwait(&incoming_complete, &incoming_lock, &now);
	outcome = incoming;
	incoming = no_answers;
	pthread_mutex_unlock(&incoming_lock);
	pthread_cond_destroy(&incoming_complete);

	if (!outcome.complete)
		outcome.someone_silent = true;
	return outcome;
}

static struct timespec
time_limit(unsigned int seconds)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += seconds;
	return t;
}

static bool
is_over(const struct timespec *limit)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > limit->tv_sec ||
		(now.tv_sec == limit->tv_sec && now.tv_nsec >= limit->tv_nsec);
}

/* Has one that is not taken yet. */
static bool
take_answer_of(struct answers *got, int pid)
{
	unsigned int i;

	for (i = 0; i < got->n_pids; i++) {
		if (got->pids[i] == pid) {
			got->pids[i] = 0;
			return true;
		}
	}
	return false;
}

/* Is a process there, or did it die without removing its socket? */
static bool
is_alive(const char *socket_name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, ret;

	if (snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%s", rte_eal_get_runtime_dir(),
			socket_name) >= (int)sizeof(addr.sun_path))
		return true;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return true;
	ret = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
	if (ret < 0 && (errno == ECONNREFUSED || errno == ENOENT)) {
		close(fd);
		return false;
	}
	close(fd);
	return true;
}

/* The next socket of a secondary process: its name, or NULL, and the pid in it. */
static const char *
next_socket(DIR *dir, int *pid)
{
	struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		/* with a number after the pid */
		if (sscanf(entry->d_name, MP_SOCKET_FNAME "_%d_", pid) == 1)
			return entry->d_name;
	}
	return NULL;
}

/* How many secondary processes there are, and some that died; -1 if it can't be known. */
static int
count_sockets(void)
{
	int pid, n = 0;
	DIR *dir;

	dir = opendir(rte_eal_get_runtime_dir());
	if (dir == NULL) {
		rte_errno = errno;
		return -1;
	}
	while (next_socket(dir, &pid) != NULL)
		n++;
	closedir(dir);
	return n;
}

/*
 * A secondary process that is there and has not answered, this one if possible; 0 if there is none, -1
 * if it can't be known. Processes in several containers may have the same pid, so each answer counts
 * once.
 */
static int
find_silent(struct answers *got, int preferred)
{
	const char *name;
	int pid, silent = 0;
	DIR *dir;

	dir = opendir(rte_eal_get_runtime_dir());
	if (dir == NULL) {
		rte_errno = errno;
		return -1;
	}
	while ((name = next_socket(dir, &pid)) != NULL) {
		if (is_alive(name) && !take_answer_of(got, pid) &&
				(silent == 0 || pid == preferred))
			silent = pid;
	}
	closedir(dir);
	return silent;
}

static int
get_fd_from_secondaries(struct question *q)
{
	struct timespec limit;
	struct answers got;
	int n = count_sockets();

	if (n < 0)
		return -1;
	if (n == 0) { /* EAL would not say that there is nobody */
		rte_errno = ESRCH;
		return -1;
	}
	/* each may send one, and EAL needs one to look whom to ask */
	if (check_fds_are_free(n + 1) < 0)
		return -1;
	pthread_mutex_lock(&asking);
	limit = time_limit(SECONDARIES_WITHIN);
	do {
		got = ask_secondaries(q, &limit);
		free(got.pids);
	} while (got.fd < 0 && got.stale && !is_over(&limit) && usleep(AGAIN_AFTER) == 0);
	pthread_mutex_unlock(&asking);

	rte_errno = got.error != 0 ? got.error :
		got.someone_silent || got.stale ? ETIMEDOUT : ESRCH;
	return got.fd;
}

/*
 * The pid of a process that does not know dma-bufs, 0, or -1 with rte_errno set. One that starts
 * answers that it is to be ignored, whether it will know or not, so it is asked until it has started.
 * One that does not answer twice has started without knowing: the first time it may have started, and
 * who did not answer may have ended.
 */
static int
ask_all_secondaries(void)
{
	struct question q = { .kind = KNOW_DMABUFS };
	struct timespec limit, all_limit;
	struct answers got = no_answers;
	int silent, suspect = 0;

	pthread_mutex_lock(&asking);
	all_limit = time_limit(STARTED_WITHIN);
	/* if there is nobody, nobody is asked */
	silent = find_silent(&got, 0);
	while (silent > 0) {
		limit = time_limit(SECONDARIES_WITHIN);
		got = ask_secondaries(&q, &limit);
		silent = find_silent(&got, suspect);
		free(got.pids);
		if (silent <= 0 || is_over(&all_limit) ||
				(got.someone_silent && silent == suspect))
			break;
		suspect = got.someone_silent ? silent : 0;
		usleep(AGAIN_AFTER);
	}
	pthread_mutex_unlock(&asking);
	return silent;
}

static int
check_secondaries(int *pid)
{
	*pid = ask_all_secondaries();
	if (*pid > 0)
		return EBUSY;
	return *pid < 0 ? rte_errno : 0;
}

/* ---- a secondary process asks the primary one ---- */

static int
ask_primary(struct question *q, struct answer *a, int *fd)
{
	struct timespec within = {
		.tv_sec = q->kind == KNOW_DMABUFS ? KNOWLEDGE_WITHIN : DESCRIPTOR_WITHIN,
	};
	struct rte_mp_reply reply;
	struct rte_mp_msg msg;
	int try, ret = -1;

	for (try = 0; ret < 0 && try < TRIES; try++) {
		pthread_mutex_lock(&asking);
		write_question(&msg, q);
		ret = rte_mp_request_sync(&msg, &reply, &within);
		pthread_mutex_unlock(&asking);
		if (ret < 0) {
			if (rte_errno == ENOENT) /* its socket is gone */
				rte_errno = ECONNREFUSED;
			return -1;
		}
		*fd = -1;
		ret = -1;
		rte_errno = ETIMEDOUT;
		if (reply.nb_received == 1 && read_answer(&reply.msgs[0], a, fd)) {
			if (a->number == q->number)
				ret = 0;
			else
				eal_dmabuf_close(*fd);
		}
		free(reply.msgs);
	}
	return ret;
}

/* ---- answers ---- */

struct errand {
	struct question q;
	char peer[]; /* who asked */
};

static void *
run_errand(void *arg)
{
	struct errand *e = arg;
	struct question q = e->q; /* as this process asks it */
	int fd = -1, pid = 0, error = 0;

	if (e->q.kind == KNOW_DMABUFS) {
		error = check_secondaries(&pid);
	} else {
		fd = get_fd_from_secondaries(&q);
		error = fd < 0 ? rte_errno : 0;
	}
	send_answer(&e->q, e->peer, error, pid, fd);
	eal_dmabuf_close(fd);
	free(e);
	return NULL;
}

/* Ask the other processes in a thread of its own. */
static int
pass_on(const struct question *q, const char *peer)
{
	size_t len = strlen(peer) + 1;
	struct errand *e = malloc(sizeof(*e) + len);
	pthread_attr_t attr;
	pthread_t thread;
	int ret = -1;

	if (e == NULL)
		return send_answer(q, peer, ENOMEM, getpid(), -1);
	e->q = *q;
	memcpy(e->peer, peer, len);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ret = pthread_create(&thread, &attr, run_errand, e);
	pthread_attr_destroy(&attr);
	if (ret == 0)
		return 0;
	free(e);
	return send_answer(q, peer, ENOMEM, getpid(), -1);
}

static int
handle_question(const struct rte_mp_msg *msg, const void *peer)
{
	bool primary = rte_eal_process_type() == RTE_PROC_PRIMARY;
	struct question q;
	int error = 0, fd = -1, ret;

	close_fds(msg); /* a question has none */
	if (msg->len_param != sizeof(q))
		return -1;
	memcpy(&q, msg->param, sizeof(q));

	if (q.kind == DESCRIPTOR_OF) {
		fd = eal_dmabuf_dup_fd(q.list, q.registration);
		error = fd < 0 ? rte_errno : 0;
	}
	if (primary && (q.kind == KNOW_DMABUFS || error == ENOENT))
		return pass_on(&q, peer);
	ret = send_answer(&q, peer, error, getpid(), fd);
	eal_dmabuf_close(fd);
	return ret;
}

int
eal_dmabuf_mp_init(void)
{
	/* the primary process may do without IPC */
	if (rte_mp_action_register(ACTION, handle_question) < 0 && rte_errno != ENOTSUP) {
		EAL_LOG(ERR, "Cannot register the IPC action %s: %s", ACTION,
			rte_strerror(rte_errno));
		return -1;
	}
	return 0;
}

void
eal_dmabuf_mp_cleanup(void)
{
	rte_mp_action_unregister(ACTION);
}

/* ---- questions ---- */

int
eal_dmabuf_mp_get_fd(unsigned int list, uint64_t registration)
{
	struct question q = { .kind = DESCRIPTOR_OF, .list = list, .registration = registration };
	struct answer a;
	int fd;

	if (eal_get_internal_configuration()->no_shconf) {
		rte_errno = ENOTSUP;
		return -1;
	}
	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		return get_fd_from_secondaries(&q);

	if (check_fds_are_free(1) < 0 || ask_primary(&q, &a, &fd) < 0)
		return -1;
	if (a.error != 0) {
		eal_dmabuf_close(fd);
		rte_errno = a.error;
		return -1;
	}
	if (fd < 0)
		rte_errno = ESRCH;
	return fd;
}

int
eal_dmabuf_mp_ask_all(void)
{
	struct question q = { .kind = KNOW_DMABUFS };
	struct answer a = { 0 };
	int fd = -1;

	if (eal_get_internal_configuration()->no_shconf)
		return 0;
	if (rte_eal_process_type() == RTE_PROC_PRIMARY) {
		a.error = check_secondaries(&a.pid);
	} else if (ask_primary(&q, &a, &fd) < 0) {
		EAL_LOG(ERR, "Cannot register the first dma-buf: the primary process, which has to ask the others whether they know dma-bufs, %s",
			rte_errno == ETIMEDOUT ? "did not answer; try again" :
			rte_errno == ECONNREFUSED ? "is gone; restart all" : rte_strerror(rte_errno));
		return -1;
	}
	eal_dmabuf_close(fd);
	if (a.error == 0)
		return 0;
	if (a.error == EBUSY)
		EAL_LOG(ERR, "Cannot register the first dma-buf: process %d did not say that it knows dma-bufs; end it if it has an unmodified DPDK, or try again",
			a.pid);
	else
		EAL_LOG(ERR, "Cannot register the first dma-buf: the other processes could not be asked: %s",
			strerror(a.error));
	rte_errno = a.error;
	return -1;
}
