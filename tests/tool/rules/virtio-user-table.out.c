/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "virtio_user_dev.h"
#include "virtio_user_dmabuf.h"

static int
vhost_user_write(int sock, struct message *message)
{
	int n;

	do {
		n = sendmsg(sock, message, MSG_NOSIGNAL);
	} while (n < 0);
	return n;
}

static int
update_memory_region(const struct rte_memseg_list *msl, const struct rte_memseg *seg, void *arg)
{
	int number;

	if (virtio_user_dmabuf_passes_over(msl))
		return 0;
	number = rte_memseg_get_fd_thread_unsafe(seg);
	return number < 0 ? -1 : add(arg, number);
}

static int
vhost_user_set_memory_table(struct virtio_user_dev *device)
{
	struct walk walk;
	int fds[MAX];
	int error;
	int left;
	struct vhost_user_data *own = device->backend_data;
	struct message message = { 0 };

	walk.region_nr = 0;
	walk.fds = fds;
	error = rte_memseg_walk_thread_unsafe(update_memory_region, &walk);
	if (error < 0)
		goto failed;
	left = virtio_user_dmabuf_regions(device, walk.vm->regions, fds, &walk.region_nr, RTE_DIM(fds));
	error = vhost_user_write(own->vhostfd, &message);
	if (error < 0)
		goto failed;
	return vhost_user_check_reply_ack(device, &message) < 0 ? -1 : left;
failed:
	return -1;
}
