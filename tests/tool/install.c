/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* A small application that is built outside of the repository, by tests/tool/install.sh. */

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_memory.h>

#include "udmabuf.h"

#ifndef RTE_HAS_EXTMEM_DMABUF
#error "the installed DPDK is not the reworked one"
#endif

#define PAGES 16
#define FIRST 4 /* page of the dma-buf where the registered range starts */

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
