// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A reply that nobody takes is dropped, and its descriptors with it: one that comes after its request
// ended (DPDK does that itself since 22.11.3 and 23.07), and one that there is no memory for.

@ has @
@@
 cleanup_msg_fds(...) { ... }

@ late depends on !has @
expression R;
expression list ES;
symbol msg;
@@
 process_msg(...)
 {
 <+...
 if (R) { ... }
 else
+{
 RTE_LOG(ES);
+	cleanup_msg_fds(msg);
+}
 ...+>
 }

@ depends on late @
@@
+static void
+cleanup_msg_fds(const struct rte_mp_msg *msg)
+{
+	for (int i = 0; i < msg->num_fds; i++)
+		close(msg->fds[i]);
+}
+
 process_msg(...)
 { ... }

@ depends on (has || late) @
symbol msg;
@@
 mp_request_sync(...)
 {
 <+...
 if (...) {
 	... when != cleanup_msg_fds(...)
+	cleanup_msg_fds(&msg);
 	rte_errno = ENOMEM;
 	return -1;
 }
 ...+>
 }
