// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A process whose shared configuration has another layout, as an unmodified EAL has, must not read this
// one's, nor this one read that.

@@
expression M;
@@
 eal_mcfg_check_version(...)
 {
 <+...
-M->version != RTE_VERSION
+M->version != EAL_EXTMEM_VERSION || M->extmem.layout != EAL_EXTMEM_LAYOUT
 ...+>
 }

@@
expression M;
@@
-M->version = RTE_VERSION;
+M->version = EAL_EXTMEM_VERSION;
+M->extmem.layout = EAL_EXTMEM_LAYOUT;
