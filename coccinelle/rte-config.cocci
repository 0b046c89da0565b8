// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Look-ups read the address of the memory configuration without a call.

@@
symbol rte_config;
@@
-static
 struct rte_config rte_config = { ... };
