/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

static void
process_msg(struct mp_msg_internal *m)
{
	waiting = find_request(m);
	if (waiting != NULL && waiting->reply_received == 0) {
		take(waiting);
	} else {
		drop(m);
	}
}
