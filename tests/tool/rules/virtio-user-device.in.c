/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include "virtio_user_dev.h"

int
virtio_user_dev_init(struct virtio_user_dev *device, char *path)
{
	if (first(device, path) < 0)
		return -1;
	if (rte_mem_event_callback_register(NAME, callback, device)) {
		if (rte_errno != ENOTSUP)
			return -1;
	}
	return 0;
}

void
virtio_user_dev_uninit(struct virtio_user_dev *device)
{
	stop(device);
	rte_mem_event_callback_unregister(NAME, device);
	last(device);
}

static int
virtio_user_pmd_probe(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *port = find(vdev);

	if (port == NULL)
		goto end;
	rte_eth_dev_probing_finish(port);
	return 0;
end:
	return -1;
}
