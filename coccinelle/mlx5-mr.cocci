// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A memory region is of all of a dma-buf's list, for a pool as for an address that is missed, and goes
// when the process has the list no more.

// ---- pools ----

@@
identifier seg, addr;
symbol data, obj;
@@
 mlx5_mempool_get_extmem_cb(...)
 {
 <+...
 if (seg->start <= addr && addr < seg->end)
+{
+	data->ret = mlx5_dmabuf_check_mbuf(obj, seg->end);
 	return;
+}
 ...+>
 }

@@
identifier seg, msl;
expression A, START, END;
@@
 mlx5_mempool_get_extmem_cb(...)
 {
 <+...
 msl = rte_mem_virt2memseg_list((void *)A);
 ...
 seg->start = START;
 seg->end = END;
+mlx5_dmabuf_widen(A, &seg->start, &seg->end);
+data->ret = mlx5_dmabuf_check_mbuf(obj, seg->end);
 ...+>
 }

@@
identifier data;
@@
 mlx5_mempool_get_extmem(...)
 {
 ...
 rte_mempool_obj_iter(..., &data);
+if (data.ret < 0) {
+	free(data.heap);
+	data.heap = NULL;
+}
 ...
 }

@@
expression R, I;
@@
 mlx5_get_mempool_ranges(...)
 {
 <+...
(
-R[I - 1].end != R[I].start
+R[I - 1].end != R[I].start || mlx5_dmabuf_border(R[I].start)
|
-R[I - 1].end < R[I].start
+R[I - 1].end < R[I].start || mlx5_dmabuf_border(R[I].start)
)
 ...+>
 }

// ---- an address that is missed ----

@@
identifier cdev, cache, entry, addr, ret;
expression PD, EXT;
@@
 mlx5_mr_create(struct mlx5_common_device *cdev, struct mlx5_mr_share_cache *cache,
		struct mr_cache_entry *entry, uintptr_t addr)
 {
 <+...
+if (mlx5_dmabuf_list(addr) != NULL) {
+	ret = mlx5_dmabuf_mr_create(cdev, cache, entry, addr);
+	break;
+}
 ret = mlx5_mr_create_primary(PD, cache, entry, addr, EXT);
 ...+>
 }

// ---- the end ----

// rte_dev_dma_map() of a dma-buf frees what mlx5_mr_destroy_range() leaves
@@
@@
-static
 void
 mlx5_mr_garbage_collect(...)
 {
 ...
 }

@cb@
expression C, M;
@@
 C->dereg_mr_cb(M)

@@
iterator name LIST_FOREACH;
@@
 mlx5_mr_mempool_unregister(...)
 {
 ...
 }
+void
+mlx5_mr_destroy_range(struct mlx5_mr_share_cache *share_cache, uintptr_t start, uintptr_t end)
+{
+	struct mlx5_mempool_reg *mpr;
+	struct mlx5_mr *mr;
+	struct mlx5_mr *next;
+	unsigned int i;
+	unsigned int n;
+
+	rte_rwlock_write_lock(&share_cache->rwlock);
+	for (mr = LIST_FIRST(&share_cache->mr_list); mr != NULL; mr = next) {
+		uintptr_t addr = (uintptr_t)mr->pmd_mr.addr;
+
+		next = LIST_NEXT(mr, mr);
+		if (addr + mr->pmd_mr.len <= start || addr >= end)
+			continue;
+		LIST_REMOVE(mr, mr);
+		mlx5_os_dereg_mr(&mr->pmd_mr);
+		/* rte_free() is not allowed here. */
+		LIST_INSERT_HEAD(&share_cache->mr_free_list, mr, mr);
+	}
+	LIST_FOREACH(mpr, &share_cache->mempool_reg_list, next) {
+		for (i = 0; i < mpr->mrs_n; i++) {
+			uintptr_t addr = (uintptr_t)mpr->mrs[i].pmd_mr.addr;
+
+			/* Without a range, no address of the pool has a key. */
+			if (addr >= start && addr < end)
+				mlx5_os_dereg_mr(&mpr->mrs[i].pmd_mr);
+		}
+	}
+	/* Not rebuilt: other MRs may be of memsegs that are gone. */
+	for (i = 1, n = 1; i < share_cache->cache.len; i++) {
+		const struct mr_cache_entry *entry = &(*share_cache->cache.table)[i];
+
+		if (entry->end <= start || entry->start >= end)
+			(*share_cache->cache.table)[n++] = *entry;
+	}
+	share_cache->cache.len = n;
+	/* The unlock makes it visible to the queues, which flush their caches. */
+	++share_cache->dev_gen;
+	rte_rwlock_write_unlock(&share_cache->rwlock);
+}

@depends on cb@
identifier cache;
expression M;
@@
 mlx5_mr_destroy_range(struct mlx5_mr_share_cache *cache, ...)
 {
 <...
-mlx5_os_dereg_mr(M)
+cache->dereg_mr_cb(M)
 ...>
 }

@@
@@
 #include "mlx5_common_mr.h"
+#include "mlx5_common_dmabuf.h"
