// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A reply to an earlier request may come right before the reply to this one. The second must not take the
// place of the first, whose descriptors nobody would close: it is dropped, like a late one.

@@
identifier request;
@@
 process_msg(...)
 {
 <+...
 request = ...;
 if (
-    request
+    request != NULL && request->reply_received == 0
    ) { ... } else { ... }
 ...+>
 }
