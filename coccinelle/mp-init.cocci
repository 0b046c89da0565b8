// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Every process answers questions about dma-bufs, from when it has its memory until it ends. If it can't,
// its start ends as without the other callback; the log has the reason.

@@
statement S;
@@
 rte_eal_init(...)
 {
 ... when any
 if (eal_mp_dev_hotplug_init() < 0) S
+if (eal_dmabuf_mp_init() < 0) S
 ... when any
 }

@@
@@
 rte_eal_cleanup(...)
 {
 ... when any
 eal_mp_dev_hotplug_cleanup();
+eal_dmabuf_mp_cleanup();
 ... when any
 }

@@
@@
 #include "eal_memcfg.h"
+#include "eal_dmabuf_mp.h"
