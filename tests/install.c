/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* A small application that is built outside of the repository, by tests/install.sh. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/udmabuf.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_memory.h>

#ifndef RTE_HAS_EXTMEM_DMABUF
#error "the installed DPDK is not the reworked one"
#endif

#define PAGES 16
#define FIRST 4 /* page of the dma-buf where the registered range starts */

static void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int
create_dmabuf(size_t len)
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
	close(create.memfd);
	close(device);
	return dmabuf;
}

static void
die_rte(const char *what)
{
	rte_exit(EXIT_FAILURE, "%s: %s\n", what, rte_strerror(rte_errno));
}

int
main(int argc, char **argv)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const size_t len = (PAGES - FIRST) * page;
	struct rte_memseg_list *list;
	uint64_t offset;
	void *va;
	int fd;

	if (rte_eal_init(argc, argv) < 0)
		die_rte("rte_eal_init");
	printf("ports %u\n", rte_eth_dev_count_avail());

	fd = create_dmabuf(PAGES * page);
	va = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, FIRST * page);
	if (va == MAP_FAILED)
		die("mmap");
	if (rte_extmem_register_dmabuf(va, len, fd, FIRST * page, NULL, 0, page) < 0)
		die_rte("rte_extmem_register_dmabuf");
	close(fd);

	list = rte_mem_virt2memseg_list(va);
	if (list == NULL)
		rte_exit(EXIT_FAILURE, "the list is not found\n");
	if (rte_memseg_list_get_dmabuf_fd(list) < 0)
		die_rte("rte_memseg_list_get_dmabuf_fd");
	if (rte_memseg_list_get_dmabuf_offset(list, &offset) < 0)
		die_rte("rte_memseg_list_get_dmabuf_offset");
	printf("offset in pages %u\n", (unsigned int)(offset / page));

	if (rte_extmem_unregister(va, len) < 0)
		die_rte("rte_extmem_unregister");
	printf("unregistered\n");
	return rte_eal_cleanup();
}
