/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/udmabuf.h>

#include "bench.h"

/* The stand-in, known by its inode: EAL asks about a duplicate */
static struct stat standin;

/* EAL asks the kernel whether a descriptor is a dma-buf's; this answers in its place for one. */
int
ioctl(int fd, unsigned long request, ...)
{
	struct stat file;
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);

	if (request == DMA_BUF_IOCTL_SYNC && standin.st_ino != 0 && fstat(fd, &file) == 0 &&
			file.st_ino == standin.st_ino && file.st_dev == standin.st_dev) {
		errno = EINVAL;
		return -1;
	}
	return syscall(SYS_ioctl, fd, request, arg);
}

struct perf_dmabuf
bench_dmabuf(size_t len)
{
	struct perf_dmabuf none = { .fd = -1 }, dmabuf = { .len = len };
	struct udmabuf_create create = { .size = len };
	int memory, device;

	memory = memfd_create("bench", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (memory < 0 || ftruncate(memory, len) < 0 ||
			fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		return none;
	create.memfd = memory;

	device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (device >= 0) {
		dmabuf.fd = ioctl(device, UDMABUF_CREATE, &create);
		close(device);
		close(memory);
		return dmabuf.fd < 0 ? none : dmabuf;
	}

	fprintf(stderr, "no /dev/udmabuf here: a memfd stands in for the dma-buf, which is none\n");
	fstat(memory, &standin);
	dmabuf.fd = memory;
	return dmabuf;
}
