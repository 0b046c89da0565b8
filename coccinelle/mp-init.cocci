// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The primary process answers what others ask about dma-bufs, from when it has its memory.

@@
expression E;
statement S;
@@
 rte_eal_init(...)
 {
 ... when any
 if (eal_mp_dev_hotplug_init() < 0) {
 	rte_eal_init_alert(E);
 	S
 }
+if (eal_dmabuf_mp_init() < 0) {
+	rte_eal_init_alert("failed to register mp callback for dma-bufs");
+	S
+}
 ... when any
 }

@@
@@
 #include "eal_memcfg.h"
+#include "eal_dmabuf_keeper.h"
