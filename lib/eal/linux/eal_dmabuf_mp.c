/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * How a secondary process S asks the keeper, the primary process P:
 *
 * S registers:    publish the list, with the memory hotplug lock; unlock
 *                 S > P  KEEP {msl_idx, registration} + fd
 *                        P: is that what is registered?
 *                 P > S  0, or an errno: S then unregisters
 *
 * S attaches:     S > P  GIVE {msl_idx, registration}
 *                 P > S  0 + fd, or an errno
 *                 map the memsegs, with the lock, if the list still has this registration
 *
 * S unregisters:  withdraw the list, with the lock; unlock
 *                 S > P  DROP, to which there is no reply
 *
 * - Nobody attaches before P keeps, as GIVE comes before the memsegs are mapped.
 * - P looks which registrations are gone whenever it does something. So it does no harm if DROP
 *   gets lost, or comes late.
 * - P answers in its IPC thread, which may make a driver's MRs, too, and takes the memory hotplug
 *   lock for that. So nobody asks with that lock held.
 * - EAL tells replies apart by peer and name only. So a process asks one thing at a time, and a
 *   reply says what it is a reply to: one that came too late for an earlier request is thrown away.
 */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_string_fns.h>

#include "eal_private.h"
#include "eal_dmabuf_fd.h"
#include "eal_dmabuf_keeper.h"
#include "eal_memcfg.h"

#define ACTION "eal_dmabuf"
#define REPLY_WITHIN 5 /* seconds */

enum operation { KEEP, GIVE, DROP };

/* Requests and replies */
struct message {
	uint64_t registration;
	uint32_t msl_idx;
	uint32_t operation;
	int32_t error; /* 0 or an errno; of replies */
};

static pthread_mutex_t request_lock = PTHREAD_MUTEX_INITIALIZER;

static void
write_msg(struct rte_mp_msg *msg, const struct message *m, int fd)
{
	memset(msg, 0, sizeof(*msg));
	strlcpy(msg->name, ACTION, sizeof(msg->name));
	memcpy(msg->param, m, sizeof(*m));
	msg->len_param = sizeof(*m);
	if (fd >= 0)
		msg->fds[msg->num_fds++] = fd;
}

static bool
read_msg(const struct rte_mp_msg *msg, struct message *m)
{
	if (msg->len_param != sizeof(*m))
		return false;
	memcpy(m, msg->param, sizeof(*m));
	return m->msl_idx < RTE_MAX_MEMSEG_LISTS;
}

static void
close_fds(const struct rte_mp_msg *msg)
{
	int i;

	for (i = 0; i < msg->num_fds; i++)
		eal_dmabuf_fd_close(msg->fds[i]);
}

/* ---- the primary process replies ---- */

static int
reply_to(const struct message *request, const char *peer, int error, int fd)
{
	struct message m = *request;
	struct rte_mp_msg msg;

	m.error = error;
	write_msg(&msg, &m, fd);
	return rte_mp_reply(&msg, peer);
}

static int
handle_msg(const struct rte_mp_msg *msg, const void *peer)
{
	struct message m;
	int fd, ret = -1;

	if (!read_msg(msg, &m)) {
		EAL_LOG(ERR,
				"Another DPDK sent a message about dma-bufs; start all processes with the same build");
	} else if (m.operation == DROP) {
		eal_dmabuf_keeper_drop();
		ret = 0;
	} else if (m.operation == KEEP && msg->num_fds == 1) {
		ret = eal_dmabuf_keeper_keep(m.msl_idx, m.registration, msg->fds[0]);
		ret = reply_to(&m, peer, ret < 0 ? rte_errno : 0, -1);
	} else if (m.operation == GIVE) {
		fd = eal_dmabuf_keeper_give(m.msl_idx, m.registration);
		ret = reply_to(&m, peer, fd < 0 ? rte_errno : 0, fd);
		eal_dmabuf_fd_close(fd);
	}
	close_fds(msg);
	return ret;
}

int
eal_dmabuf_mp_init(void)
{
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	rte_eal_get_configuration()->mem_config->extmem.fd_base = eal_dmabuf_fd_base();
	/* ENOTSUP: without IPC, there are no other processes */
	if (rte_mp_action_register(ACTION, handle_msg) < 0 && rte_errno != ENOTSUP) {
		EAL_LOG(ERR, "Cannot register the IPC action %s: %s", ACTION,
			rte_strerror(rte_errno));
		return -1;
	}
	return 0;
}

/* ---- a secondary process asks ---- */

static bool
is_reply_to(const struct message *request, const struct message *m)
{
	return m->operation == request->operation && m->msl_idx == request->msl_idx &&
		m->registration == request->registration;
}

/*
 * Send a request and take the reply, with the descriptor in it. Returns 1 for another one's reply.
 */
static int
try_to_ask(const struct message *request, int fd, const struct timespec *within, int *received)
{
	struct rte_mp_reply reply;
	struct rte_mp_msg msg;
	struct message m;
	int ret = -1;

	write_msg(&msg, request, fd);
	if (rte_mp_request_sync(&msg, &reply, within) < 0) {
		if (rte_errno == ENOENT) /* its socket is gone */
			rte_errno = ECONNREFUSED;
		return -1;
	}
	if (reply.nb_received != 1) {
		rte_errno = EAGAIN;
	} else if (!read_msg(&reply.msgs[0], &m) || reply.msgs[0].num_fds > 1) {
		close_fds(&reply.msgs[0]);
		rte_errno = EPROTO;
	} else if (!is_reply_to(request, &m)) {
		close_fds(&reply.msgs[0]);
		ret = 1;
	} else {
		*received = reply.msgs[0].num_fds == 1 ? reply.msgs[0].fds[0] : -1;
		rte_errno = m.error;
		ret = m.error == 0 ? 0 : -1;
	}
	free(reply.msgs);
	return ret;
}

/* Ask until the reply is to this request, or the time is up. */
static int
ask(enum operation operation, unsigned int msl_idx, uint64_t registration, int fd, int *received)
{
	const struct message request = {
		.operation = operation,
		.msl_idx = msl_idx,
		.registration = registration,
	};
	struct timespec start, now, within = { .tv_sec = REPLY_WITHIN };
	int ret;

	pthread_mutex_lock(&request_lock);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		*received = -1;
		ret = try_to_ask(&request, fd, &within, received);
		clock_gettime(CLOCK_MONOTONIC, &now);
		within.tv_sec = start.tv_sec + REPLY_WITHIN - now.tv_sec;
	} while (ret == 1 && within.tv_sec > 0);
	pthread_mutex_unlock(&request_lock);

	if (ret == 1)
		rte_errno = ETIMEDOUT;
	return ret == 0 ? 0 : -1;
}

int
eal_dmabuf_mp_keep(unsigned int msl_idx, uint64_t registration, int fd)
{
	int received, ret;

	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		return eal_dmabuf_keeper_keep(msl_idx, registration, fd);
	ret = ask(KEEP, msl_idx, registration, fd, &received);
	eal_dmabuf_fd_close(received);
	return ret;
}

int
eal_dmabuf_mp_give(unsigned int msl_idx, uint64_t registration)
{
	int fd;

	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		return eal_dmabuf_keeper_give(msl_idx, registration);
	if (ask(GIVE, msl_idx, registration, -1, &fd) < 0) {
		eal_dmabuf_fd_close(fd);
		return -1;
	}
	if (fd < 0)
		rte_errno = EPROTO;
	return fd;
}

void
eal_dmabuf_mp_drop(void)
{
	const struct message m = { .operation = DROP };
	struct rte_mp_msg msg;

	if (rte_eal_process_type() == RTE_PROC_PRIMARY) {
		eal_dmabuf_keeper_drop();
		return;
	}
	write_msg(&msg, &m, -1);
	rte_mp_sendmsg(&msg);
}
