/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <rte_mempool.h>

#include "../virtio.h"
#include "../virtio_logs.h"
#include "../virtio_rxtx.h"
#include "../virtqueue.h"
#include "vhost.h"
#include "virtio_user_dev.h"
#include "virtio_user_dmabuf.h"

/* ---- the memory table ---- */

struct lists {
	const struct rte_memseg_list *list[RTE_MAX_MEMSEG_LISTS];
	unsigned int n;
};

static int
collect(const struct rte_memseg_list *msl, void *arg)
{
	struct lists *lists = arg;

	if (msl->properties & RTE_MEMSEG_LIST_DMABUF)
		lists->list[lists->n++] = msl;
	return 0;
}

/* The number of a registration is higher than those of all that were made before. */
static int
compare_age(const void *a, const void *b)
{
	uint64_t first = rte_extmem_dmabuf_attached(*(const struct rte_memseg_list *const *)a);
	uint64_t second = rte_extmem_dmabuf_attached(*(const struct rte_memseg_list *const *)b);

	return (first > second) - (first < second);
}

/*
 * Get the descriptor and the offset of a dma-buf's list, or -1 if it can't be mapped: not all
 * exporters let the CPU in. A back end that can't map one region refuses the whole table. lib/vhost
 * maps from the start of the file.
 */
static int
find_mappable(const struct rte_memseg_list *msl, uint64_t *offset)
{
	int fd = rte_memseg_list_get_dmabuf_fd_unsafe(msl);
	size_t len;
	void *va;

	if (fd < 0 || rte_memseg_list_get_dmabuf_offset_unsafe(msl, offset) < 0)
		return -1;
	len = *offset + msl->len;
	va = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (va == MAP_FAILED)
		return -1;
	munmap(va, len);
	return fd;
}

/* Tables of this thread are to have none. */
static __thread bool without_dmabufs;

int
virtio_user_dmabuf_regions(const struct virtio_user_dev *dev, struct vhost_memory_region *regions,
		int *fds, int *n_regions, int max)
{
	const int n_own = *n_regions;
	struct lists lists = { .n = 0 };
	int n_left = 0;
	unsigned int i;

	if (without_dmabufs)
		return 0;
	rte_memseg_list_walk_thread_unsafe(collect, &lists);
	/* EAL's own are there already; of the others, the oldest first: those may be in use */
	qsort(lists.list, lists.n, sizeof(lists.list[0]), compare_age);
	for (i = 0; i < lists.n; i++) {
		const struct rte_memseg_list *msl = lists.list[i];
		void *va = rte_memseg_list_get_va(msl);
		uint64_t offset;
		int fd = find_mappable(msl, &offset);

		if (fd < 0) {
			PMD_DRV_LOG(WARNING,
				"(%s) The dma-buf at %p, %zu bytes, can't be mapped, so the back end does not get it: send no packets from there",
				dev->path, va, msl->len);
			continue;
		}
		if (*n_regions == max) {
			PMD_DRV_LOG(ERR,
				"(%s) The dma-buf at %p, %zu bytes, does not fit in the memory table: of %d regions, EAL's own memory has %d; unregister others, register adjacent parts as one, or give EAL --single-file-segments",
				dev->path, va, msl->len, max, n_own);
			n_left++;
			continue;
		}
		fds[*n_regions] = fd;
		regions[*n_regions] = (struct vhost_memory_region){
			.guest_phys_addr = (uintptr_t)va,
			.memory_size = msl->len,
			.userspace_addr = (uintptr_t)va,
			.mmap_offset = offset,
		};
		(*n_regions)++;
	}
	return n_left;
}

/* ---- a dma-buf comes or goes ---- */

/* Send a table without any dma-buf. */
static int
send_table_without(struct virtio_user_dev *dev)
{
	int ret;

	without_dmabufs = true;
	ret = dev->ops->set_memory_table(dev);
	without_dmabufs = false;
	return ret;
}

/*
 * Send the table, with the queues paused. The memory hotplug lock is held. With anew, the back end
 * forgets the dma-bufs that it has first. Returns how many did not fit, or less than 0.
 */
static int
send_table(struct virtio_user_dev *dev, bool anew)
{
	unsigned int i, n = 0;
	int ret = 0, n_left = 0;

	pthread_mutex_lock(&dev->mutex);
	/* if it is not started, it gets the table when it is */
	if (dev->started)
		n = dev->queue_pairs;
	for (i = 0; i < n && ret >= 0; i++)
		ret = dev->ops->enable_qp(dev, i, 0);
	if (n > 0 && ret >= 0) {
		if (anew)
			send_table_without(dev);
		n_left = dev->ops->set_memory_table(dev);
		/* a back end that refuses a table has none: have it go on with ordinary memory */
		if (n_left < 0)
			ret = send_table_without(dev);
	}
	for (i = 0; i < n && ret >= 0; i++)
		ret = dev->ops->enable_qp(dev, i, 1);
	pthread_mutex_unlock(&dev->mutex);
	return ret < 0 ? ret : n_left;
}

/* Has a back end that comes to this process gone? The next one gets the table. */
static bool
waits_for_back_end(const struct virtio_user_dev *dev)
{
	return dev->is_server && (dev->net_status & VIRTIO_NET_S_LINK_UP) == 0;
}

static void
tell(void *va, size_t len, void *arg)
{
	struct virtio_user_dev *dev = arg;

	if (send_table(dev, false) < 0 && !waits_for_back_end(dev))
		PMD_DRV_LOG(ERR,
			"(%s) The back end was not told of the dma-buf at %p, %zu bytes, that comes or goes, and may have none now: start the port again",
			dev->path, va, len);
}

void
virtio_user_dmabuf_device_added(struct virtio_user_dev *dev)
{
	if (dev->backend_type == VIRTIO_USER_BACKEND_VHOST_USER &&
			rte_extmem_dmabuf_callback_register(tell, dev) < 0)
		PMD_INIT_LOG(ERR,
			"(%s) No memory: neither register nor unregister dma-bufs, the back end is not told",
			dev->path);
}

void
virtio_user_dmabuf_device_removed(struct virtio_user_dev *dev)
{
	rte_extmem_dmabuf_callback_unregister(tell, dev);
}

/* ---- starting a port ---- */

struct pool_check {
	const struct rte_memseg_list *shared; /* the last one that was found to be */
	const void *missing;
};

static bool
is_shared(const struct rte_memseg_list *msl)
{
	uint64_t offset;

	if (msl == NULL || (msl->properties & RTE_MEMSEG_LIST_EXTERNAL) == 0)
		return true; /* EAL's own, or the application's business */
	return (msl->properties & RTE_MEMSEG_LIST_DMABUF) && find_mappable(msl, &offset) >= 0;
}

static void
check_mbuf(struct rte_mempool *pool, void *arg, void *obj, unsigned int idx __rte_unused)
{
	struct pool_check *check = arg;
	const struct rte_mbuf *mbuf = obj;
	const struct rte_memseg_list *msl;
	const void *buf = obj;

	/* in other pools, an mbuf that is in use may have a buffer of somebody else's */
	if (rte_pktmbuf_priv_flags(pool) & RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF)
		buf = mbuf->buf_addr;
	msl = rte_mem_virt2memseg_list(buf);
	if (check->missing != NULL || (msl != NULL && msl == check->shared))
		return;
	if (is_shared(msl))
		check->shared = msl;
	else
		check->missing = buf;
}

/* A back end stops at a buffer that it does not have, for good and without a word. */
static int
check_pools(const struct rte_eth_dev *eth_dev)
{
	const struct virtio_user_dev *dev = eth_dev->data->dev_private;
	unsigned int i;

	for (i = 0; i < eth_dev->data->nb_rx_queues; i++) {
		const struct virtnet_rx *rxq = eth_dev->data->rx_queues[i];
		struct pool_check check = { .missing = NULL };

		if (rxq != NULL && rxq->mpool != NULL)
			rte_mempool_obj_iter(rxq->mpool, check_mbuf, &check);
		if (check.missing == NULL)
			continue;
		PMD_DRV_LOG(ERR,
			"(%s) The back end can't receive into pool %s: %p is in external memory that is no dma-buf, or one that can't be mapped; register its dma-buf with rte_extmem_register_dmabuf()",
			dev->path, rxq->mpool->name, check.missing);
		return -EINVAL;
	}
	return 0;
}

/* The operations of net/virtio, and those of a port of ours. */
static const struct eth_dev_ops *virtio_ops;
static struct eth_dev_ops own_ops;

static int
find_external(const struct rte_memseg_list *msl, void *arg)
{
	(void)arg;
	return virtio_user_dmabuf_passes_over(msl);
}

static int
start(struct rte_eth_dev *eth_dev)
{
	struct virtio_user_dev *dev = eth_dev->data->dev_private;
	int ret, n_left;

	if (rte_memseg_list_walk(find_external, NULL) == 0 || waits_for_back_end(dev))
		return virtio_ops->dev_start(eth_dev);

	/* where it got no memory, nothing that has happened since was told */
	if (!dev->started)
		virtio_reinit_complete(&dev->hw);
	rte_mcfg_mem_read_lock();
	ret = check_pools(eth_dev);
	/*
	 * That one was left out when it was registered is an error now. And back ends do not look
	 * at descriptors and offsets: they would keep a dma-buf that another replaced while this
	 * was not started.
	 */
	n_left = ret < 0 || !dev->started ? -1 : send_table(dev, true);
	rte_mcfg_mem_read_unlock();
	if (ret < 0)
		return ret;
	if (n_left > 0)
		return -ENOSPC;
	if (n_left < 0) {
		PMD_DRV_LOG(ERR, "(%s) The back end did not get its memory or its queues: see above",
			dev->path);
		return -EIO;
	}
	return virtio_ops->dev_start(eth_dev);
}

void
virtio_user_dmabuf_port_added(struct rte_eth_dev *eth_dev)
{
	const struct virtio_user_dev *dev = eth_dev->data->dev_private;

	if (dev->backend_type != VIRTIO_USER_BACKEND_VHOST_USER ||
			rte_eal_process_type() != RTE_PROC_PRIMARY)
		return;
	if (virtio_ops == NULL) {
		virtio_ops = eth_dev->dev_ops;
		own_ops = *virtio_ops;
		own_ops.dev_start = start;
	}
	eth_dev->dev_ops = &own_ops;
}
