// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Look-ups find the memory configuration where it is, without a call. The look-up is a file of its own,
// included where the configuration is private to.

@@
@@
 rte_eal_get_configuration(void) { ... }
+
+#include "eal_memseg_index_find.h"
