/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

static int
read_msg(int fd, struct mp_msg_internal *m, struct sockaddr_un *s)
{
	char control[64];

retry:
	len = recvmsg(fd, &msgh, 0);
	if (len != size || (msgh.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		complain();
		return -1;
	}
	return len;
}
