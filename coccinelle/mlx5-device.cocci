// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A device of mlx5 lets dma-bufs go when its process does. That a dma-buf is not mapped has many causes,
// so the error of rte_dev_dma_map() is the cause's.

@@
expression LOCK, LIST, D;
identifier next;
@@
+mlx5_dmabuf_device_added(D);
 pthread_mutex_lock(LOCK);
 TAILQ_INSERT_HEAD(LIST, D, next);

@@
expression LOCK, LIST, D;
identifier next;
@@
+mlx5_dmabuf_device_removed(D);
 pthread_mutex_lock(LOCK);
 TAILQ_REMOVE(LIST, D, next);

@@
identifier mr, addr, len;
expression D;
symbol rte_errno;
@@
 mlx5_common_dev_dma_map(..., void *addr, ..., size_t len)
 {
 ...
+mlx5_dmabuf_before_map(&D->mr_scache, addr, len);
 mr = mlx5_create_mr_ext(D->pd, ...);
 if (!mr) {
 ...
-rte_errno = EINVAL;
+rte_errno = mlx5_dmabuf_map_errno(addr, len);
 return -1;
 }
 ...
 }

// what is told of dma-bufs waits for this lock with EAL's, which rte_free() may take
@@
expression L;
expression list FREE;
symbol mr;
@@
 mlx5_common_dev_dma_unmap(...)
 {
 ...
-rte_rwlock_read_lock(L);
+rte_rwlock_write_lock(L);
 ...
 if (!mr) {
-rte_rwlock_read_unlock(L);
+rte_rwlock_write_unlock(L);
 ...
 }
 ...
-mlx5_mr_free(FREE);
 ...
-rte_rwlock_read_unlock(L);
+rte_rwlock_write_unlock(L);
+mlx5_mr_free(FREE);
 ...
 }

@@
@@
 #include "mlx5_common.h"
+#include "mlx5_common_dmabuf.h"
