/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/udmabuf.h>

#include "sources.h"

#define DMABUF_FS_MAGIC 0x444d4142
#define CLOSED 1000 /* nobody has as many */

static struct source sources[N_SOURCES];
static int fds[N_SOURCES];
static bool standing_in;
bool (*source_fails)(void);

static int
identify(int fd, struct statfs *buf)
{
	struct stat st;
	int i, ret;

	if (source_fails != NULL && source_fails())
		return -1;
	ret = syscall(SYS_fstatfs, fd, buf);
	/* not by fstat(), which faults counts */
	if (ret != 0 || !standing_in || syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) != 0)
		return ret;
	for (i = 0; i < N_SOURCES; i++) {
		if (sources[i].dmabuf && sources[i].inode == st.st_ino)
			buf->f_type = DMABUF_FS_MAGIC;
	}
	return 0;
}

/*
 * The C library's would say that a stand-in is a memfd. It has two of one layout, whose names depend on
 * how a source is compiled.
 */
int fstatfs_of_large_files(int fd, struct statfs *buf) __asm__("fstatfs64");
int fstatfs_of_others(int fd, struct statfs *buf) __asm__("fstatfs");

int
fstatfs_of_large_files(int fd, struct statfs *buf)
{
	return identify(fd, buf);
}

int
fstatfs_of_others(int fd, struct statfs *buf)
{
	return identify(fd, buf);
}

static int
create(int i, uint64_t size, bool dmabuf, bool real)
{
	struct udmabuf_create item = { .size = size };
	struct stat st;
	int dev;

	fds[i] = memfd_create("model", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fds[i] < 0 || ftruncate(fds[i], size) != 0)
		return -1;
	if (dmabuf && real) {
		item.memfd = fds[i];
		dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
		if (dev < 0 || fcntl(fds[i], F_ADD_SEALS, F_SEAL_SHRINK) != 0)
			return -1;
		fds[i] = ioctl(dev, UDMABUF_CREATE, &item);
		close(dev);
		close(item.memfd);
		if (fds[i] < 0)
			return -1;
	}
	if (fstat(fds[i], &st) != 0)
		return -1;
	sources[i] = (struct source){ true, dmabuf, st.st_ino, size };
	return 0;
}

int
sources_create(bool real)
{
	/* no udmabuf has 32 GiB */
	if (create(0, 0x20000, true, real) != 0 || create(1, 0x8000, true, real) != 0 ||
			create(2, 0x1000, true, real) != 0 ||
			create(3, real ? 0x20000 : UINT64_C(1) << 35, true, real) != 0 ||
			create(4, 0x20000, true, real) != 0 || create(5, 0x20000, false, real) != 0) {
		perror(real ? "making a dma-buf" : "making a stand-in");
		return -1;
	}
	standing_in = !real;
	fds[6] = CLOSED;
	fds[7] = INT_MIN;
	return 0;
}

int
source_fd(unsigned int which)
{
	return which % 16 == 15 ? -1 : fds[which % 16 < N_SOURCES ? which % 16 : which % 5];
}

const struct source *
source_of(unsigned int which)
{
	int fd = source_fd(which), i;

	for (i = 0; fd >= 0 && i < N_SOURCES; i++) {
		if (fds[i] == fd)
			return &sources[i];
	}
	return NULL;
}
