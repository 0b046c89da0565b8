// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// What lists of external memory have no room for comes last in the shared configuration, so that every
// other member keeps its place.

@@
@@
 #include <rte_memory.h>
+#include "eal_extmem_record.h"

@@
@@
struct rte_mem_config {
	...
+
+	/** Records of external memory. */
+	struct eal_extmem extmem;
};
