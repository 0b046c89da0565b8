/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <stdint.h>
#include <string.h>

#ifdef RTE_EXEC_ENV_LINUX
#include <fcntl.h>
#include <sys/ioctl.h>
#endif

#include <rte_errno.h>
#include <rte_log.h>
#include <rte_vfio.h>

#include <eal_export.h>
#include "eal_private.h"

#define LAST_BAR 5u

#ifdef RTE_EXEC_ENV_LINUX

/* VFIO_DEVICE_FEATURE_DMA_BUF of include/uapi/linux/vfio.h since 6.19; headers may be older. */
#define DEVICE_FEATURE _IO(';', 100 + 17)
#define FEATURE_GET (1u << 16)
#define FEATURE_DMA_BUF 11u

struct feature_dma_buf {
	uint32_t argsz;
	uint32_t flags;
	uint32_t region_index;
	uint32_t open_flags;
	uint32_t reserved;
	uint32_t nr_ranges;
	struct {
		uint64_t offset;
		uint64_t length;
	} range;
};

static int
export_region(int vfio_dev_fd, unsigned int region, uint64_t offset, uint64_t len)
{
	struct feature_dma_buf feature = {
		.argsz = sizeof(feature),
		.flags = FEATURE_GET | FEATURE_DMA_BUF,
		.region_index = region,
		.open_flags = O_RDWR | O_CLOEXEC,
		.nr_ranges = 1,
		.range = { .offset = offset, .length = len },
	};

	return ioctl(vfio_dev_fd, DEVICE_FEATURE, &feature);
}

#else

static int
export_region(int vfio_dev_fd __rte_unused, unsigned int region __rte_unused,
		uint64_t offset __rte_unused, uint64_t len __rte_unused)
{
	errno = ENOTTY;
	return -1;
}

#endif

/* What the errors of drivers/vfio/pci/vfio_pci_dmabuf.c mean. */
static const char *
advise(int error)
{
	switch (error) {
	case ENOTSUP:
		return "this needs a VFIO PCI device, and Linux 6.19 with CONFIG_VFIO_PCI_DMABUF";
	case EINVAL:
		return "pass whole pages of one BAR, of a device whose group is in a container";
	case ENODEV:
		return "the device has no memory there";
	default:
		return strerror(error);
	}
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_vfio_export_dmabuf, 26.11)
int
rte_vfio_export_dmabuf(int vfio_dev_fd, unsigned int bar, uint64_t offset, uint64_t len)
{
	int fd = -1;

	errno = EINVAL;
	if (bar <= LAST_BAR && len <= UINT64_MAX - offset)
		fd = export_region(vfio_dev_fd, bar, offset, len);
	if (fd < 0) {
		rte_errno = errno == ENOTTY ? ENOTSUP : errno;
		EAL_LOG(ERR, "Cannot export BAR %u of VFIO descriptor %d as a dma-buf: %s",
			bar, vfio_dev_fd, advise(rte_errno));
	}
	return fd;
}
