/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "mlx5_common.h"

static void
add(struct mlx5_common_device *dev)
{
	pthread_mutex_lock(&lock);
	TAILQ_INSERT_HEAD(&list, dev, next);
	pthread_mutex_unlock(&lock);
}

static void
take(struct mlx5_common_device *dev)
{
	pthread_mutex_lock(&lock);
	TAILQ_REMOVE(&list, dev, next);
	pthread_mutex_unlock(&lock);
}

static int
mlx5_common_dev_dma_map(struct rte_device *device, void *addr, uint64_t iova, size_t len)
{
	dev = find(device, iova);
	mr = mlx5_create_mr_ext(dev->pd, addr, len);
	if (!mr) {
		warn();
		rte_errno = EINVAL;
		return -1;
	}
	return 0;
}

static int
mlx5_common_dev_dma_unmap(struct rte_device *device, void *addr)
{
	rte_rwlock_read_lock(&dev->lock);
	mr = find(addr);
	if (!mr) {
		rte_rwlock_read_unlock(&dev->lock);
		return -1;
	}
	LIST_REMOVE(mr, mr);
	mlx5_mr_free(mr, dev->free);
	dev->gen++;
	rte_rwlock_read_unlock(&dev->lock);
	return 0;
}
