/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef UDMABUF_H
#define UDMABUF_H

/* A dma-buf for small programs, which define _GNU_SOURCE before anything else. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/udmabuf.h>

static void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* Also returns the memfd whose pages the dma-buf has, for the caller to close. */
static inline int
create_dmabuf_of_memfd(size_t len, int *memfd)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = len };
	int device, dmabuf;

	device = open("/dev/udmabuf", O_RDWR);
	if (device < 0)
		die("/dev/udmabuf");
	create.memfd = memfd_create("install", MFD_ALLOW_SEALING);
	if ((int)create.memfd < 0 || ftruncate(create.memfd, len) < 0 ||
			fcntl(create.memfd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		die("memfd");
	dmabuf = ioctl(device, UDMABUF_CREATE, &create);
	if (dmabuf < 0)
		die("UDMABUF_CREATE");
	close(device);
	*memfd = create.memfd;
	return dmabuf;
}

static inline int
create_dmabuf(size_t len)
{
	int memfd, dmabuf = create_dmabuf_of_memfd(len, &memfd);

	close(memfd);
	return dmabuf;
}

#endif /* UDMABUF_H */
