/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <rte_common.h>

#ifdef RTE_EXEC_ENV_LINUX

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_memzone.h>
#include <rte_stdatomic.h>
#include <rte_thread.h>

#include "extmem_dmabuf_peer.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define PEER_SOCKET 3 /* the descriptor that a started process finds it at */
#define HEAP_NAME "dbt_heap"

/* ---- operations, in whatever process ---- */

#define FENCE "dbt_fence"

static int
answer_fence(const struct rte_mp_msg *request, const void *peer)
{
	struct rte_mp_msg reply = *request;

	return rte_mp_reply(&reply, peer);
}

/* In a primary process, so that others can wait for it. */
static void
answer_fences(void)
{
	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		rte_mp_action_register(FENCE, answer_fence);
}

/*
 * Wait until the primary process has done with what this one sent: its IPC thread takes one message
 * after another, and closes descriptors after it replied. Tests count these.
 */
static void
wait_for_primary(void)
{
	const struct timespec within = { .tv_sec = 5 };
	struct rte_mp_msg request = { .name = FENCE };
	struct rte_mp_reply reply;

	if (rte_eal_process_type() != RTE_PROC_SECONDARY)
		return;
	if (rte_mp_request_sync(&request, &reply, &within) == 0)
		free(reply.msgs);
	else
		printf("the primary process does not say that it has done with all: %s\n",
			rte_strerror(rte_errno));
}

/* Reserve addresses that no other process uses; if there is no other process, any. */
static void *
reserve(void *va, size_t len, int prot)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	static uintptr_t next;
	void *got;

	if (next == 0)
		next = DBT_VA + getpid() % DBT_VA_RANGES * DBT_VA_RANGE;
	if (va == NULL && dbt_has_shared_config()) {
		va = (void *)next;
		next += RTE_ALIGN_CEIL(len, DBT_MIB);
	}
	got = mmap(va, len, prot, flags | (va == NULL ? 0 : MAP_FIXED_NOREPLACE), -1, 0);
	return got == MAP_FAILED || (va != NULL && got != va) ? NULL : got;
}

static int
do_register(struct dbt_call *c)
{
	const struct rte_memseg_list *msl;
	struct stat sb;
	int fd = -1;

	c->va = reserve(c->va, c->len, PROT_NONE);
	fd = dbt_create_any(c->len);
	rte_errno = ENOMEM;
	if (c->va == NULL || fd < 0 || fstat(fd, &sb) < 0)
		return -1;
	c->ino = sb.st_ino;
	c->ret = rte_extmem_register_dmabuf(c->va, c->len, fd, 0, NULL, 0, dbt_page_size());
	dbt_close(fd);
	if (c->ret == 0) {
		wait_for_primary();
		msl = rte_mem_virt2memseg_list(c->va);
		c->fd = rte_memseg_list_get_dmabuf_fd(msl);
	} else {
		munmap(c->va, c->len);
	}
	return c->ret;
}

static int
do_register_ordinary(struct dbt_call *c)
{
	c->va = reserve(c->va, c->len, PROT_READ | PROT_WRITE);
	rte_errno = ENOMEM;
	return c->va == NULL ? -1 :
		rte_extmem_register(c->va, c->len, NULL, 0, dbt_page_size());
}

static int
do_unregister(struct dbt_call *c)
{
	int ret = rte_extmem_unregister(c->va, c->len);

	if (ret == 0) {
		wait_for_primary();
		munmap(c->va, c->len); /* of this process, if it has anything there */
	}
	return ret;
}

/*
 * A primary process puts its next memsegs behind those that it attached last. If these are another
 * process's, that is among the mappings of that one, which then can't attach them. So attach
 * something where nobody has anything.
 */
static void
put_next_elsewhere(void)
{
	static uintptr_t next = DBT_VA + DBT_VA_RANGES * DBT_VA_RANGE;
	struct rte_fbarray arr;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY ||
			rte_fbarray_init(&arr, "dbt_elsewhere", 1, sizeof(uint64_t)) < 0)
		return;
	rte_fbarray_detach(&arr);
	arr.data = (void *)next;
	next += DBT_MIB;
	if (rte_fbarray_attach(&arr) == 0)
		rte_fbarray_destroy(&arr);
}

static int
do_attach(struct dbt_call *c)
{
	int ret = rte_extmem_attach(c->va, c->len);

	if (ret == 0) {
		wait_for_primary();
		put_next_elsewhere();
	}
	return ret;
}

static int
do_fd(struct dbt_call *c)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(c->va);
	struct stat sb;

	c->fd = rte_memseg_list_get_dmabuf_fd(msl);
	if (c->fd < 0 || fstat(c->fd, &sb) < 0)
		return -1;
	c->ino = sb.st_ino;
	/* what the shared list says is what this process was told */
	return msl->dmabuf_fd == c->fd ? 0 : -1;
}

static int
do_access(struct dbt_call *c)
{
	uint64_t *p;

	if (do_fd(c) < 0)
		return -1;
	p = mmap(NULL, dbt_page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	if (p == MAP_FAILED)
		return -1;
	if (c->op == DBT_OP_POKE)
		*(volatile uint64_t *)p = c->value;
	else
		c->value = *(volatile uint64_t *)p;
	munmap(p, dbt_page_size());
	return 0;
}

static int
do_take_fd(int number)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), ret;

	if (null < 0)
		return -1;
	ret = dup3(null, number, O_CLOEXEC);
	close(null);
	return ret == number ? 0 : -1;
}

static int
do_limit_fds(int number, unsigned int room)
{
	static struct rlimit before;
	struct rlimit limit;
	unsigned int n = 0;
	int i;

	if (number == 0)
		return setrlimit(RLIMIT_NOFILE, &before);
	if (getrlimit(RLIMIT_NOFILE, &before) != 0)
		return -1;
	for (i = 0; n < room || i < number; i++)
		n += fcntl(i, F_GETFD) < 0;
	limit = before;
	limit.rlim_cur = i;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

static int
do_heap_add(struct dbt_call *c)
{
	c->va = reserve(c->va, c->len, PROT_READ | PROT_WRITE);
	rte_errno = ENOMEM;
	return c->va == NULL ? -1 :
		rte_malloc_heap_memory_add(HEAP_NAME, c->va, c->len, NULL, 0, dbt_page_size());
}

/* ---- looking at what is not attached ---- */

struct seen {
	uintptr_t start;
	uintptr_t end;
	unsigned int n;
	uint64_t sum; /* of what was read, so that it is read */
};

static int
see_memseg(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	struct seen *s = arg;

	s->sum += ms->iova + msl->len;
	s->n += ms->addr_64 >= s->start && ms->addr_64 < s->end;
	return 0;
}

static int
see_contig(const struct rte_memseg_list *msl, const struct rte_memseg *ms, size_t len, void *arg)
{
	((struct seen *)arg)->sum += len;
	return see_memseg(msl, ms, arg);
}

static int
see_list(const struct rte_memseg_list *msl, void *arg)
{
	struct seen *s = arg;
	uintptr_t va = (uintptr_t)rte_memseg_list_get_va(msl);
	const struct rte_memseg *ms = rte_mem_virt2memseg((void *)va, msl);

	/* hugepages that are not in use have memsegs, too */
	s->sum += ms->len;
	s->n += va >= s->start && va < s->end;
	return 0;
}

static unsigned int
walk_all(void *va, size_t len)
{
	struct seen s = { (uintptr_t)va, (uintptr_t)va + len, 0, 0 };

	rte_memseg_walk(see_memseg, &s);
	rte_memseg_contig_walk(see_contig, &s);
	rte_memseg_list_walk(see_list, &s);
	rte_mcfg_mem_read_lock();
	rte_memseg_walk_thread_unsafe(see_memseg, &s);
	rte_memseg_contig_walk_thread_unsafe(see_contig, &s);
	rte_memseg_list_walk_thread_unsafe(see_list, &s);
	rte_mcfg_mem_read_unlock();
	return s.n;
}

static void
dump_all(void)
{
	FILE *f = fopen("/dev/null", "w");

	if (f == NULL)
		return;
	rte_dump_physmem_layout(f);
	rte_memzone_dump(f);
	fclose(f);
}

static int
do_look(const struct dbt_call *c)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(c->va);
	struct rte_memseg ms = { .addr = c->va };
	struct rte_mempool *pool;
	char *va = c->va, name[32];
	bool dmabuf;
	size_t offset = 42;
	int error;
	void *p;

	TEST_ASSERT(msl != NULL, "no list at %p", c->va);
	dmabuf = msl->properties & RTE_MEMSEG_LIST_DMABUF;
	TEST_ASSERT(rte_mem_virt2memseg_list(va + c->len - 1) == msl, "not the whole list");
	TEST_ASSERT(rte_memseg_list_get_va(msl) == va, "VA %p", rte_memseg_list_get_va(msl));
	TEST_ASSERT(rte_mem_virt2memseg(va, NULL) == NULL, "a memseg by address");
	TEST_ASSERT(rte_mem_virt2memseg(va, msl) == NULL, "a memseg by list");
	TEST_ASSERT(rte_mem_virt2memseg(va + c->len - 1, msl) == NULL, "a memseg at the end");
	rte_mem_virt2iova(va);
	rte_mem_iova2virt(0);
	TEST_ASSERT(walk_all(va, c->len) == 0, "a walk visited it");
	dump_all();
	TEST_ASSERT(rte_eal_get_physmem_size() > 0, "no memory at all");
	error = dmabuf ? ENOENT : ENOTSUP;
	rte_errno = 0;
	TEST_ASSERT(rte_memseg_get_fd(&ms) == -1 && rte_errno == error, "rte_errno %d",
			rte_errno);
	rte_errno = 0;
	TEST_ASSERT(rte_memseg_get_fd_offset(&ms, &offset) == -1 && rte_errno == error,
			"rte_errno %d", rte_errno);
	TEST_ASSERT(offset == 42, "an offset");
	TEST_ASSERT(rte_memseg_list_get_dmabuf_fd(msl) == -1, "a descriptor");
	TEST_ASSERT(rte_errno == (dmabuf ? EINVAL : ENOTSUP), "rte_errno %d", rte_errno);

	/* memory of its own is not affected */
	p = rte_malloc(NULL, DBT_MIB, 0);
	TEST_ASSERT(p != NULL, "rte_malloc() failed");
	rte_free(p);
	snprintf(name, sizeof(name), "dbt_look%d", getpid());
	pool = rte_mempool_create(name, 255, 256, 0, 0, NULL, NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	TEST_ASSERT(pool != NULL, "rte_mempool_create() failed: %s", rte_strerror(rte_errno));
	TEST_ASSERT(rte_mempool_get(pool, &p) == 0 && rte_mempool_virt2iova(p) != RTE_BAD_IOVA,
		"an object");
	rte_mempool_put(pool, p);
	rte_mempool_free(pool);

	if (!msl->heap) {
		DBT_FAILS(rte_extmem_detach(va, c->len), ENOENT);
		DBT_FAILS(rte_extmem_unregister(va, c->len), dmabuf ? EBUSY : ENOENT);
	}
	return 0;
}

static struct {
	rte_thread_t thread;
	RTE_ATOMIC(bool) stop;
	struct dbt_call call;
	uint64_t found; /* lists */
	uint64_t rounds;
	uint64_t sum; /* of what memsegs say */
} looking;

static uint32_t
keep_looking(void *arg __rte_unused)
{
	char *va = looking.call.va;
	bool last;
	size_t at;

	do { /* once more when told to stop, when something is registered for certain */
		last = rte_atomic_load_explicit(&looking.stop, rte_memory_order_relaxed);
		for (at = 0; at < looking.call.len; at += dbt_page_size()) {
			const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(va + at);
			const struct rte_memseg *ms = rte_mem_virt2memseg(va + at, NULL);

			looking.found += msl != NULL;
			if (ms != NULL) /* it is there to be read */
				looking.sum += ms->len;
			ms = msl == NULL ? NULL : rte_mem_virt2memseg(va + at, msl);
			if (ms != NULL)
				looking.sum += ms->len;
		}
		looking.sum += walk_all(va, looking.call.len);
		if (looking.rounds % 64 == 0)
			dump_all();
		looking.rounds++;
	} while (!last);
	return 0;
}

static int
do_keep_looking(const struct dbt_call *c)
{
	looking.stop = false;
	looking.found = looking.rounds = looking.sum = 0;
	looking.call = *c;
	return rte_thread_create(&looking.thread, NULL, keep_looking, NULL) == 0 ? 0 : -1;
}

static int
do_stop(struct dbt_call *c)
{
	rte_atomic_store_explicit(&looking.stop, true, rte_memory_order_relaxed);
	if (rte_thread_join(looking.thread, NULL) != 0)
		return -1;
	c->value = looking.found;
	printf("looked %" PRIu64 " times and found %" PRIu64 " lists\n", looking.rounds,
		looking.found);
	/* no memseg was there to be read */
	return looking.sum == 0 ? 0 : -1;
}

/* ---- answering for EAL ---- */

static struct {
	enum dbt_lie how;
	unsigned int replies;
	int fd;
} lying;

/* EAL's replies are its requests, with the registration in front and 0 for the error at the end. */
static int
lie(const struct rte_mp_msg *request, const void *peer)
{
	struct rte_mp_msg reply = *request;

	reply.num_fds = 0;
	if (lying.how != DBT_LIE_NO_FD)
		reply.fds[reply.num_fds++] = lying.fd;
	if (lying.how == DBT_LIE_LATE_FIRST && lying.replies == 0)
		reply.param[0]++;
	if (lying.how == DBT_LIE_SHORT)
		reply.len_param--;
	lying.replies++;
	return rte_mp_reply(&reply, peer);
}

static int
do_lie(struct dbt_call *c)
{
	if (lying.fd == 0) {
		lying.fd = dbt_create_any(c->len);
		rte_mp_action_unregister("eal_dmabuf");
		if (lying.fd < 0 || rte_mp_action_register("eal_dmabuf", lie) < 0)
			return -1;
	}
	lying.how = c->value;
	lying.replies = 0;
	return 0;
}

static int
do_here(struct dbt_call *c)
{
	rte_errno = 0;
	switch (c->op) {
	case DBT_OP_REGISTER:
		return do_register(c);
	case DBT_OP_REGISTER_ORDINARY:
		return do_register_ordinary(c);
	case DBT_OP_UNREGISTER:
		return do_unregister(c);
	case DBT_OP_ATTACH:
		return do_attach(c);
	case DBT_OP_DETACH:
		return rte_extmem_detach(c->va, c->len);
	case DBT_OP_FD:
		return do_fd(c);
	case DBT_OP_POKE:
	case DBT_OP_PEEK:
		return do_access(c);
	case DBT_OP_STATE:
		dbt_state_get(&c->state);
		return 0;
	case DBT_OP_TAKE_FD:
		return do_take_fd(c->fd);
	case DBT_OP_FREE_FD:
		return close(c->fd);
	case DBT_OP_LIMIT_FDS:
		return do_limit_fds(c->fd, c->value);
	case DBT_OP_HEAP_CREATE:
		return rte_malloc_heap_create(HEAP_NAME);
	case DBT_OP_HEAP_ADD:
		return do_heap_add(c);
	case DBT_OP_HEAP_REMOVE:
		return rte_malloc_heap_memory_remove(HEAP_NAME, c->va, c->len);
	case DBT_OP_HEAP_DESTROY:
		return rte_malloc_heap_destroy(HEAP_NAME);
	case DBT_OP_LOOK:
		return do_look(c);
	case DBT_OP_KEEP_LOOKING:
		return do_keep_looking(c);
	case DBT_OP_STOP:
		return do_stop(c);
	case DBT_OP_LIE:
		return do_lie(c);
	case DBT_OP_END:
		return 0;
	}
	return -1;
}

static void
run_here(struct dbt_call *c)
{
	c->ret = do_here(c);
	c->err = c->ret == 0 ? 0 : rte_errno;
	fflush(stdout);
}

/* ---- a started process ---- */

int
dbt_peer_main(void)
{
	struct dbt_call c = { .op = DBT_OP_STATE };
	int null = dup(STDOUT_FILENO);

	dup2(STDERR_FILENO, STDOUT_FILENO);
	answer_fences();
	/* the first result says that this process is there */
	run_here(&c);
	while (send(PEER_SOCKET, &c, sizeof(c), MSG_NOSIGNAL) == sizeof(c)) {
		if (c.op == DBT_OP_END)
			break;
		if (recv(PEER_SOCKET, &c, sizeof(c), 0) != sizeof(c))
			return TEST_FAILED; /* who started it is gone */
		run_here(&c);
	}
	close(PEER_SOCKET);
	dup2(null, STDOUT_FILENO);
	return TEST_SUCCESS;
}

/* ---- starting and ending processes ---- */

static struct dbt_peer peers[32];

static const char *
file_prefix(void)
{
	return strrchr(rte_eal_get_runtime_dir(), '/') + 1;
}

bool
dbt_has_shared_config(void)
{
	char config[PATH_MAX];

	snprintf(config, sizeof(config), "%s/config", rte_eal_get_runtime_dir());
	return access(config, F_OK) == 0;
}

bool
dbt_can_have_peers(void)
{
	if (sizeof(void *) < sizeof(uint64_t)) {
		printf("skipped: with 32 bits, a secondary process rarely finds the primary's addresses free\n");
		return false;
	}
	if (dbt_has_shared_config() && rte_eal_has_hugepages())
		return true;
	printf(
			"skipped: no secondary process can share this one's memory; run with hugepages and without --in-memory and --no-huge\n");
	return false;
}

/* What a process that is killed leaves in the runtime directory, for the next that starts. */
static void
remove_files_of(pid_t pid)
{
	char socket[64], memsegs[64], path[PATH_MAX];
	const char *dir_name = rte_eal_get_runtime_dir();
	struct dirent *entry;
	DIR *dir = opendir(dir_name);

	if (dir == NULL)
		return;
	snprintf(socket, sizeof(socket), "mp_socket_%d_", pid);
	snprintf(memsegs, sizeof(memsegs), "_%d", pid);
	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name, *its = strstr(name, memsegs);

		/* later versions put a number behind the pid */
		if (strncmp(name, socket, strlen(socket)) == 0 ||
				(strncmp(name, "fbarray_", 8) == 0 && its != NULL &&
				strchr("_", its[strlen(memsegs)]) != NULL)) {
			snprintf(path, sizeof(path), "%s/%s", dir_name, name);
			unlink(path);
		}
	}
	closedir(dir);
}

static void
kill_all(void)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(peers); i++) {
		if (peers[i].pid != 0 && !peers[i].idle)
			dbt_peer_kill(&peers[i]);
	}
}

static void
exec_peer(int sock, const char *prefix, bool primary)
{
	char path[PATH_MAX], core[16], prefix_arg[PATH_MAX];
	char cores[] = "-l", nodev[] = "-a", none[] = "0000:00:00.0";
	char level[] = "--log-level=lib.eal:6";
	char type[] = "--proc-type=secondary";
	char *const argv[] = { path, cores, core, nodev, none, prefix_arg, level,
		primary ? NULL : type, NULL };
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return;
	path[n] = '\0';
	snprintf(core, sizeof(core), "%u", rte_get_main_lcore());
	snprintf(prefix_arg, sizeof(prefix_arg), "--file-prefix=%s", prefix);
	setenv("DPDK_TEST", DBT_PEER_COMMAND, 1);
	setenv(DBT_PEER_ENV, "1", 1);
	/* its prompt would be in the middle of this one's lines */
	dup2(open("/dev/null", O_RDWR), STDOUT_FILENO);
	/* EAL's own descriptors carry locks, which are not this process's */
	if (dup2(sock, PEER_SOCKET) < 0 ||
			syscall(SYS_close_range, PEER_SOCKET + 1, ~0U, 0) < 0)
		return;
	execve(path, argv, environ);
}

struct dbt_peer *
dbt_peer_start_of(const char *prefix, bool primary)
{
	struct dbt_call hello = { .op = DBT_OP_STATE };
	struct dbt_peer *p = NULL;
	unsigned int i;
	int socks[2];

	for (i = 0; i < RTE_DIM(peers) && p == NULL; i++)
		p = peers[i].pid == 0 ? &peers[i] : NULL;
	if (p == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0) {
		printf("no process can be started\n");
		return NULL;
	}
	dbt_on_release(kill_all);
	answer_fences();
	fflush(stdout);
	p->pid = fork();
	if (p->pid == 0) {
		exec_peer(socks[1], prefix, primary);
		_exit(127);
	}
	close(socks[1]);
	p->sock = socks[0];
	p->idle = false;
	if (p->pid < 0 || dbt_finish(p, &hello) != 0) {
		printf("the process that was started is not ready\n");
		dbt_peer_kill(p);
		return NULL;
	}
	return p;
}

struct dbt_peer *
dbt_peer_start(void)
{
	return dbt_peer_start_of(file_prefix(), false);
}

int
dbt_begin(struct dbt_peer *p, const struct dbt_call *c)
{
	return send(p->sock, c, sizeof(*c), MSG_NOSIGNAL) == sizeof(*c) ? 0 : -2;
}

int
dbt_finish(struct dbt_peer *p, struct dbt_call *c)
{
	struct pollfd poll_fd = { .fd = p->sock, .events = POLLIN };

	c->ret = -2;
	if (poll(&poll_fd, 1, DBT_PEER_DEADLINE * 1000) != 1) {
		printf("process %d did not answer within %d s\n", p->pid, DBT_PEER_DEADLINE);
	} else if (recv(p->sock, c, sizeof(*c), 0) != sizeof(*c)) {
		printf("process %d died\n", p->pid);
		c->ret = -2;
	}
	return c->ret;
}

int
dbt_do(struct dbt_peer *p, struct dbt_call *c)
{
	if (p == NULL)
		run_here(c);
	else if (dbt_begin(p, c) < 0)
		c->ret = -2;
	else
		dbt_finish(p, c);
	return c->ret;
}

static int
reap(struct dbt_peer *p)
{
	int status = -1;

	close(p->sock);
	if (waitpid(p->pid, &status, 0) != p->pid)
		status = -1;
	p->pid = 0;
	return status;
}

int
dbt_peer_end(struct dbt_peer *p)
{
	struct dbt_call c = { .op = DBT_OP_END };
	int status;

	if (dbt_do(p, &c) != 0)
		return -1;
	status = reap(p);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	printf("a process ended with status 0x%x\n", status);
	return -1;
}

void
dbt_peer_kill(struct dbt_peer *p)
{
	pid_t pid = p->pid;

	kill(pid, SIGKILL);
	reap(p);
	remove_files_of(pid);
}

void
dbt_peer_stop(struct dbt_peer *p)
{
	int status;

	kill(p->pid, SIGSTOP);
	waitpid(p->pid, &status, WUNTRACED);
}

void
dbt_peer_continue(struct dbt_peer *p)
{
	kill(p->pid, SIGCONT);
}

int
dbt_op(struct dbt_peer *p, enum dbt_op op, void *va, size_t len)
{
	struct dbt_call c = { .op = op, .va = va, .len = len };

	if (dbt_do(p, &c) == 0)
		return 0;
	printf("operation %d returned %d, rte_errno %d\n", op, c.ret, c.err);
	return c.ret;
}

struct dbt_state
dbt_peer_settled(struct dbt_peer *p, const struct dbt_state *expected)
{
	struct dbt_state now;
	unsigned int ms;

	for (ms = 0; ; ms++) {
		now = dbt_peer_state(p);
		if (dbt_state_has_settled(expected, &now) || ms == DBT_SETTLED_MS)
			return now;
		usleep(1000);
	}
}

struct dbt_state
dbt_peer_state(struct dbt_peer *p)
{
	struct dbt_call c = { .op = DBT_OP_STATE };

	dbt_do(p, &c);
	return c.state;
}

#endif /* RTE_EXEC_ENV_LINUX */
