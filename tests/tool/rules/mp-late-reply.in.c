/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

static void
process_msg(struct mp_msg_internal *m)
{
	struct rte_mp_msg *msg = &m->msg;

	pending_req = find_request(m);
	if (pending_req) {
		take(pending_req);
	} else
		RTE_LOG(ERR, EAL, "too late\n");
}
