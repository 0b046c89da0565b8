// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The memseg of a dma-buf has a descriptor and an offset. A process that has not attached the list must not
// read the array of its memsegs.

@@
identifier msl, arr;
@@
 rte_memseg_get_fd_thread_unsafe(...)
 {
 ... when any
+if (msl->properties & RTE_MEMSEG_LIST_DMABUF)
+	return eal_dmabuf_memseg_fd(msl);
 arr = &msl->memseg_arr;
 ... when any
 }

@@
identifier ms, offset, msl, arr;
@@
 rte_memseg_get_fd_offset_thread_unsafe(const struct rte_memseg *ms, size_t *offset)
 {
 ... when any
+if (msl->properties & RTE_MEMSEG_LIST_DMABUF)
+	return eal_dmabuf_memseg_fd_offset(msl, ms, offset);
 arr = &msl->memseg_arr;
 ... when any
 }
