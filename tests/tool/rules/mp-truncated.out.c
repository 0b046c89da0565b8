/* Close the descriptors that came, and get ready for the next message. */
static void
throw_away(struct msghdr *msgh, size_t namelen, size_t controllen)
{
	struct cmsghdr *cmsg;
	size_t i;
	int fd;

	for (cmsg = CMSG_FIRSTHDR(msgh); cmsg != NULL; cmsg = CMSG_NXTHDR(msgh, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		for (i = 0; CMSG_LEN((i + 1) * sizeof(fd)) <= cmsg->cmsg_len; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
			close(fd);
		}
	}
	msgh->msg_namelen = namelen;
	msgh->msg_controllen = controllen;
}

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
		throw_away(&msgh, sizeof(*s), sizeof(control));
		goto retry;
	}
	return len;
}
