/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Makes a dma-buf of the memory of a PCI device, of which this process is the owner. The device does
 * no DMA itself.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/vfio.h>

#include <rte_vfio.h>

#include "demo.h"

#define VFIO_CONTAINER "/dev/vfio/vfio"
#define N_BARS 6

static int
fail(const char *address, const char *what)
{
	fprintf(stderr, "dmabuf-demo: device %s: %s: %s\n", address, what, strerror(errno));
	return -1;
}

/* The kernel exports memory of devices that are ready for DMA: the group must be in a container. */
static int
open_device(const char *address)
{
	char path[PATH_MAX], group_path[PATH_MAX];
	int container, group, device = -1;
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", address);
	len = readlink(path, group_path, sizeof(group_path) - 1);
	if (len < 0)
		return fail(address, "it has no IOMMU group; give a full PCI address");
	group_path[len] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(group_path, '/'));
	container = open(VFIO_CONTAINER, O_RDWR | O_CLOEXEC);
	group = open(path, O_RDWR | O_CLOEXEC);
	if (container < 0 || group < 0)
		fail(address, "its VFIO group can't be opened; bind it to vfio-pci");
	else if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) != 0 ||
			ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) != 0)
		fail(address, "its VFIO group can't be put into a container");
	else if ((device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address)) < 0)
		fail(address, "VFIO does not open it");
	/* the device keeps both */
	if (container >= 0)
		close(container);
	if (group >= 0)
		close(group);
	return device;
}

/* The largest BAR that is memory. */
static int
find_memory(int device, struct vfio_region_info *found)
{
	unsigned int i;

	*found = (struct vfio_region_info){ 0 };
	for (i = 0; i < N_BARS; i++) {
		struct vfio_region_info info = { .argsz = sizeof(info), .index = i };

		if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info) == 0 &&
				(info.flags & VFIO_REGION_INFO_FLAG_MMAP) != 0 &&
				info.size > found->size)
			*found = info;
	}
	return found->size >= BUFFER_LEN ? 0 : -1;
}

int
buffer_create_bar(struct buffer *buf, const char *address, const char *host_file)
{
	struct vfio_region_info info;
	int device, fd, file = -1;

	device = open_device(address);
	if (device < 0)
		return -1;
	if (find_memory(device, &info) != 0) {
		fprintf(stderr, "dmabuf-demo: device %s has no BAR with %zu bytes of memory\n",
			address, BUFFER_LEN);
		close(device);
		return -1;
	}
	if (host_file != NULL) {
		file = open(host_file, O_RDONLY | O_CLOEXEC);
		if (file < 0) {
			close(device);
			return fail(address, host_file);
		}
	}
	fd = rte_vfio_export_dmabuf(device, info.index, 0, info.size);
	if (fd < 0 || buffer_init(buf, info.size, fd, "") != 0) {
		close(device);
		return -1;
	}
	buf->map_fd = device;
	buf->map_offset = info.offset;
	buf->file = file;
	return 0;
}
