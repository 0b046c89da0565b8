// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// memif shares no dma-bufs. What it calls is inserted as text: see overlay.py.

@@
identifier msl, regions;
statement S;
@@
 memif_region_init_zc(const struct rte_memseg_list *msl, ...)
 {
 ... when any
+if (memif_refuse_dmabuf(msl))
+	return -1;
 if (regions->regions_num < 1) S
 ... when any
 }
