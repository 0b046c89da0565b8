/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

static struct requests requests;

static void
cleanup_msg_fds(const struct rte_mp_msg *msg)
{
	for (int i = 0; i < msg->num_fds; i++)
		close(msg->fds[i]);
}

static void
process_msg(struct mp_msg_internal *m)
{
	struct rte_mp_msg *msg = &m->msg;

	pending_req = find_request(m);
	if (pending_req) {
		take(pending_req);
	} else {
		RTE_LOG(ERR, EAL, "too late\n");
		cleanup_msg_fds(msg);
	}
}

static int
mp_request_sync(const char *dst, struct rte_mp_reply *reply)
{
	struct rte_mp_msg msg, *more;

	if (ask(dst, &msg) < 0) {
		rte_errno = ETIMEDOUT;
		return -1;
	}
	more = one_more(reply);
	if (!more) {
		RTE_LOG(ERR, EAL, "no memory\n");
		cleanup_msg_fds(&msg);
		rte_errno = ENOMEM;
		return -1;
	}
	more[0] = msg;
	return 0;
}
