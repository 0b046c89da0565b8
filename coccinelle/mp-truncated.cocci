// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A message whose descriptors did not all find a free number here is thrown away, and the next one is
// waited for. Otherwise the IPC thread would end, and this process never be heard of again.

@@
@@
+/* Close the descriptors that came, and get ready for the next message. */
+static void
+throw_away(struct msghdr *msgh, size_t namelen, size_t controllen)
+{
+	struct cmsghdr *cmsg;
+	size_t i;
+	int fd;
+
+	for (cmsg = CMSG_FIRSTHDR(msgh); cmsg != NULL; cmsg = CMSG_NXTHDR(msgh, cmsg)) {
+		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
+			continue;
+		for (i = 0; CMSG_LEN((i + 1) * sizeof(fd)) <= cmsg->cmsg_len; i++) {
+			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
+			close(fd);
+		}
+	}
+	msgh->msg_namelen = namelen;
+	msgh->msg_controllen = controllen;
+}
+
 read_msg(...)
 { ... }

@@
identifier s, msgh;
symbol control;
@@
 read_msg(..., struct sockaddr_un *s)
 {
 <+...
 if (... || (msgh.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
 	...
-	return -1;
+	throw_away(&msgh, sizeof(*s), sizeof(control));
+	goto retry;
 }
 ...+>
 }
