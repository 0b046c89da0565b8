/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/udmabuf.h>

#include <rte_errno.h>

#include "bench.h"

/* The stand-in, known by its inode: EAL asks about a duplicate */
static struct stat standin;

static bool
is_standin(int fd)
{
	struct stat file;

	return standin.st_ino != 0 && fstat(fd, &file) == 0 && file.st_ino == standin.st_ino &&
		file.st_dev == standin.st_dev;
}

/* EAL asks the kernel whether a descriptor is a dma-buf's; this answers in its place for one. */
int
fstatfs(int fd, struct statfs *fs)
{
	int ret = syscall(SYS_fstatfs, fd, fs);

	if (ret == 0 && is_standin(fd))
		fs->f_type = DMA_BUF_MAGIC;
	return ret;
}

int
bench_dmabuf(size_t len)
{
	struct udmabuf_create create = { .size = len };
	int memory, device, dmabuf = -1;

	memory = memfd_create("bench", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (memory < 0 || ftruncate(memory, len) < 0 ||
			fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
		rte_errno = errno;
		return -1;
	}

	create.memfd = memory;
	device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (device >= 0) {
		dmabuf = ioctl(device, UDMABUF_CREATE, &create);
		close(device);
	}
	if (dmabuf >= 0) {
		close(memory);
		return dmabuf;
	}

	fprintf(stderr, "a memfd stands in for a dma-buf: /dev/udmabuf makes none here\n");
	fstat(memory, &standin);
	return memory;
}
