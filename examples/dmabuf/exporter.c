/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* Makes dma-bufs with the two exporters that need no device. No DPDK here. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>

#include "demo.h"

#define UDMABUF_DEVICE "/dev/udmabuf"
#define HEAP_DEVICE "/dev/dma_heap/system"

/* Ask the kernel, not ourselves, who made the dma-buf. */
static int
exporter_name(int fd, char *name, size_t size)
{
	char path[64], line[128];
	int ret = -1;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	if (info == NULL)
		return -1;
	while (ret != 0 && fgets(line, sizeof(line), info) != NULL) {
		char value[64];

		if (sscanf(line, "exp_name: %63s", value) == 1) {
			snprintf(name, size, "%.*s", (int)size - 1, value);
			ret = 0;
		}
	}
	fclose(info);
	return ret;
}

int
buffer_init(struct buffer *buf, size_t size, int fd, const char *kind)
{
	*buf = (struct buffer){
		.size = size, .fd = fd, .memfd = -1, .map_fd = fd, .file = -1,
	};
	if (exporter_name(fd, buf->exporter, sizeof(buf->exporter) - strlen(kind)) == 0) {
		strcat(buf->exporter, kind);
		return 0;
	}
	fprintf(stderr, "dmabuf-demo: the kernel made descriptor %d, but it is no dma-buf\n", fd);
	buffer_close(buf);
	return -1;
}

int
buffer_create_udmabuf(struct buffer *buf, size_t size)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };
	int memfd, device, fd = -1;

	memfd = memfd_create("dmabuf-demo", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	device = open(UDMABUF_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0) {
		fprintf(stderr, "dmabuf-demo: open %s: %s; it needs a kernel with CONFIG_UDMABUF\n",
			UDMABUF_DEVICE, strerror(errno));
		goto fail;
	}
	/* The kernel wants to be sure that the file can't shrink under the dma-buf. */
	if (memfd < 0 || ftruncate(memfd, size) != 0 ||
			fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
		fprintf(stderr, "dmabuf-demo: memfd: %s\n", strerror(errno));
		goto fail;
	}
	create.memfd = memfd;
	fd = ioctl(device, UDMABUF_CREATE, &create);
	if (fd < 0) {
		fprintf(stderr, "dmabuf-demo: UDMABUF_CREATE: %s\n", strerror(errno));
		goto fail;
	}
	close(device);
	if (buffer_init(buf, size, fd, "") == 0) {
		buf->memfd = memfd;
		return 0;
	}
	device = -1;

fail:
	if (memfd >= 0)
		close(memfd);
	if (device >= 0)
		close(device);
	return -1;
}

int
buffer_create_heap(struct buffer *buf, size_t size)
{
	struct dma_heap_allocation_data alloc = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
	int heap, ret;

	heap = open(HEAP_DEVICE, O_RDONLY | O_CLOEXEC);
	if (heap < 0) {
		fprintf(stderr, "dmabuf-demo: open %s: %s; "
			"it needs a kernel with CONFIG_DMABUF_HEAPS_SYSTEM\n",
			HEAP_DEVICE, strerror(errno));
		return -1;
	}
	ret = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &alloc);
	if (ret != 0)
		fprintf(stderr, "dmabuf-demo: DMA_HEAP_IOCTL_ALLOC: %s\n", strerror(errno));
	close(heap);
	return ret == 0 ? buffer_init(buf, size, alloc.fd, " heap") : -1;
}

/* Map part of a dma-buf, or of the memfd behind it. */
void *
buffer_map(int fd, size_t offset, size_t len)
{
	void *va = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	if (va != MAP_FAILED)
		return va;
	fprintf(stderr, "dmabuf-demo: mmap of %zu bytes at offset %#zx: %s\n", len, offset,
		strerror(errno));
	return NULL;
}

void
buffer_close(struct buffer *buf)
{
	if (buf->map_fd >= 0 && buf->map_fd != buf->fd)
		close(buf->map_fd);
	if (buf->fd >= 0)
		close(buf->fd);
	if (buf->memfd >= 0)
		close(buf->memfd);
	if (buf->file >= 0)
		close(buf->file);
	buf->fd = buf->memfd = buf->map_fd = buf->file = -1;
}

/* Bracket CPU access, as the kernel's documentation of dma-buf asks. */
int
dmabuf_sync(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };
	int ret;

	do {
		ret = ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
	} while (ret != 0 && (errno == EINTR || errno == EAGAIN));
	if (ret != 0)
		fprintf(stderr, "dmabuf-demo: DMA_BUF_IOCTL_SYNC on descriptor %d: %s\n", fd,
			strerror(errno));
	return ret;
}
