/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef VIRTIO_USER_DMABUF_H
#define VIRTIO_USER_DMABUF_H

/**
 * @file
 *
 * dma-bufs in the memory that virtio-user shares with a vhost-user back end.
 */

#include <stdbool.h>

#include <ethdev_driver.h>
#include <rte_memory.h>

struct vhost_memory_region;
struct virtio_user_dev;

/**
 * Is this memory not EAL's own, and not of a heap? Only dma-bufs of that have descriptors, and
 * virtio_user_dmabuf_regions() adds those.
 */
static inline bool
virtio_user_dmabuf_passes_over(const struct rte_memseg_list *msl)
{
	return (msl->properties & RTE_MEMSEG_LIST_EXTERNAL) && !msl->heap;
}

/**
 * Add the dma-bufs that this process has to a memory table, the longest registered first. The
 * memory hotplug lock is held.
 *
 * @param regions
 *   The regions of the table.
 * @param fds
 *   Their descriptors.
 * @param n_regions
 *   How many there are, which is increased.
 * @param max
 *   How many there can be.
 *
 * @return
 *   How many did not fit, each of which is logged.
 */
int
virtio_user_dmabuf_regions(const struct virtio_user_dev *dev, struct vhost_memory_region *regions,
		int *fds, int *n_regions, int max);

/** From now on, tell the back end of each dma-buf that comes or goes. */
void
virtio_user_dmabuf_device_added(struct virtio_user_dev *dev);

/** Tell it no more. */
void
virtio_user_dmabuf_device_removed(struct virtio_user_dev *dev);

/** Have a new port refuse to start without the memory that it needs, in the primary process. */
void
virtio_user_dmabuf_port_added(struct rte_eth_dev *eth_dev);

#endif /* VIRTIO_USER_DMABUF_H */
