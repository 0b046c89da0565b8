// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// While there are dma-bufs, the version in the shared memory configuration keeps unmodified EALs out,
// and not this one. An unmodified primary process's configuration is too short for this EAL.

@ version @
identifier mcfg;
@@
 eal_mcfg_check_version(...)
 {
 ... when any
 if (
-    mcfg->version != RTE_VERSION
+    !eal_dmabuf_gate_knows(mcfg->version)
    ) return -1;
 ... when any
 }

@ size @
@@
 rte_config_init(...)
 {
 <...
 eal_mcfg_wait_complete();
+if (eal_dmabuf_gate_check_config(mem_cfg_fd) < 0)
+	return -1;
 ...>
 }

@ depends on version || size @
@@
 #include "eal_memcfg.h"
+#include "eal_dmabuf_gate.h"
