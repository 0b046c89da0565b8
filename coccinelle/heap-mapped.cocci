// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The elements of a heap of external memory are in that memory. A process that has not attached all
// of it must not follow them: to this process, the heap is full. Memory is added to a heap with the
// heap's lock, so with it this can't change.

@@
identifier heap;
@@
 malloc_heap_alloc_on_heap_id(...)
 {
 ... when any
 rte_spinlock_lock(&(heap->lock));
+if (!eal_heap_is_mapped(heap)) {
+	rte_spinlock_unlock(&(heap->lock));
+	rte_errno = ENOMEM;
+	return NULL;
+}
 ... when any
 }

@@
identifier heap;
@@
 malloc_heap_free(...)
 {
 ... when any
 rte_spinlock_lock(&(heap->lock));
+if (!eal_heap_is_mapped(heap)) {
+	rte_spinlock_unlock(&(heap->lock));
+	return -1;
+}
 ... when any
 }

@@
identifier elem, size;
@@
 malloc_heap_resize(struct malloc_elem *elem, size_t size)
 {
 <+...
-malloc_elem_resize(elem, size)
+eal_heap_is_mapped(elem->heap) ? malloc_elem_resize(elem, size) : -1
 ...+>
 }

@@
identifier heap, stats;
@@
 malloc_heap_get_stats(struct malloc_heap *heap, struct rte_malloc_socket_stats *stats)
 {
 ... when any
 rte_spinlock_lock(&heap->lock);
+if (!eal_heap_is_mapped(heap)) {
+	eal_heap_get_stats_unmapped(heap, stats);
+	rte_spinlock_unlock(&heap->lock);
+	return 0;
+}
 ... when any
 }

@@
identifier heap, f;
@@
 malloc_heap_dump(struct malloc_heap *heap, FILE *f)
 {
 ... when any
 rte_spinlock_lock(&heap->lock);
+if (!eal_heap_is_mapped(heap)) {
+	rte_spinlock_unlock(&heap->lock);
+	fprintf(f, "Heap memory is not attached in this process\n");
+	return;
+}
 ... when any
 }

@@
identifier f = {rte_malloc_heap_memory_add, rte_malloc_heap_memory_remove};
identifier heap;
symbol ret, unlock;
statement S;
@@
 f(...)
 {
 ... when any
 if (heap->socket_id < RTE_MAX_NUMA_NODES) S
+if (!eal_heap_is_mapped(heap)) {
+	rte_errno = EPERM;
+	ret = -1;
+	goto unlock;
+}
 ... when any
 }

// its statements are counted, see lookup.cocci
@@
identifier addr;
declaration D1, D2;
statement S1, S2, S3, S4, S5;
@@
 rte_malloc_virt2iova(const void *addr)
 {
-	D1
-	D2
-	S1
-	S2
-	S3
-	S4
-	S5
-	return ...;
+	return eal_malloc_virt2iova(addr);
 }

@@
identifier msl, va_addr, len, attach;
statement S;
@@
 sync_memory(..., void *va_addr, size_t len, bool attach)
 {
 ... when any
+eal_extmem_adopt(va_addr, len);
 rte_mcfg_mem_read_lock();
 ... when any
 msl = malloc_heap_find_external_seg(...);
 if (
-    msl == NULL
+    msl == NULL || eal_extmem_check_of_heap(msl, attach) < 0
    ) S
 <+...
(
-rte_fbarray_attach(&msl->memseg_arr)
+eal_extmem_map(msl)
|
-rte_fbarray_detach(&msl->memseg_arr)
+eal_extmem_unmap(msl)
)
 ...+>
 }

@@
@@
 #include "malloc_heap.h"
+#include "eal_extmem.h"
