// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The VA index is part of the memory configuration that all processes share. It comes last, so that
// every other member keeps its place. Both headers bring its accessors to those who read lists.

@@
@@
 #include <rte_memory.h>
+#include "eal_memseg_index.h"

@@
@@
struct rte_mem_config {
	...
+
+	/** VA of every memseg list in use. */
+	struct eal_memseg_index memseg_index;
};
