/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "mlx5_common.h"
#include "mlx5_common_dmabuf.h"

static void
add(struct mlx5_common_device *dev)
{
	mlx5_dmabuf_device_added(dev);
	pthread_mutex_lock(&lock);
	TAILQ_INSERT_HEAD(&list, dev, next);
	pthread_mutex_unlock(&lock);
}

static void
take(struct mlx5_common_device *dev)
{
	mlx5_dmabuf_device_removed(dev);
	pthread_mutex_lock(&lock);
	TAILQ_REMOVE(&list, dev, next);
	pthread_mutex_unlock(&lock);
}

static int
mlx5_common_dev_dma_map(struct rte_device *device, void *addr, uint64_t iova, size_t len)
{
	dev = find(device, iova);
	mlx5_dmabuf_before_map(&dev->mr_scache, addr, len);
	mr = mlx5_create_mr_ext(dev->pd, addr, len);
	if (!mr) {
		warn();
		rte_errno = mlx5_dmabuf_map_errno(addr, len);
		return -1;
	}
	return 0;
}

static int
mlx5_common_dev_dma_unmap(struct rte_device *device, void *addr)
{
	rte_rwlock_write_lock(&dev->lock);
	mr = find(addr);
	if (!mr) {
		rte_rwlock_write_unlock(&dev->lock);
		return -1;
	}
	LIST_REMOVE(mr, mr);
	dev->gen++;
	rte_rwlock_write_unlock(&dev->lock);
	mlx5_mr_free(mr, dev->free);
	return 0;
}
