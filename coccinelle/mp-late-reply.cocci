// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A reply that comes after its request ended is dropped, and its descriptors with it. DPDK does that
// itself since 22.11.3 and 23.07.

@ has @
@@
 cleanup_msg_fds(...) { ... }

@ depends on !has @
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
+	for (int i = 0; i < msg->num_fds; i++)
+		close(msg->fds[i]);
+}
 ...+>
 }
