/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * A program compiled with the headers of an unmodified DPDK, which knows the member external and
 * nothing of dma-bufs. Only to make one it asks the librte_eal it runs on for the new function.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "../lib/udmabuf.h"

#ifdef RTE_HAS_EXTMEM_DMABUF
#error "these headers are not those of an unmodified DPDK"
#endif

#define PAGES 16
#define FIRST 4 /* page of the dma-buf where the registered range starts */

typedef int register_dmabuf_t(void *va, size_t len, int fd, uint64_t offset, rte_iova_t iovas[],
		unsigned int n_pages, size_t page_sz);

static int
count_external(const struct rte_memseg_list *msl, void *arg)
{
	*(int *)arg += msl->external != 0;
	return 0;
}

static const char *
external(const void *va)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(va);

	return msl == NULL ? "no list" : msl->external ? "external" : "not external";
}

int
main(int argc, char **argv)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const size_t len = (PAGES - FIRST) * page;
	register_dmabuf_t *register_dmabuf;
	int fd, n = 0;
	void *va;

	if (rte_eal_init(argc, argv) < 0)
		rte_exit(EXIT_FAILURE, "rte_eal_init: %s\n", rte_strerror(rte_errno));
	register_dmabuf = (register_dmabuf_t *)dlsym(RTLD_DEFAULT, "rte_extmem_register_dmabuf");
	if (register_dmabuf == NULL)
		rte_exit(EXIT_FAILURE, "not the reworked librte_eal\n");

	fd = create_dmabuf(PAGES * page);
	va = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, FIRST * page);
	if (va == MAP_FAILED)
		die("mmap");
	if (register_dmabuf(va, len, fd, FIRST * page, NULL, 0, page) < 0)
		rte_exit(EXIT_FAILURE, "register: %s\n", rte_strerror(rte_errno));

	rte_memseg_list_walk(count_external, &n);
	printf("dma-buf: %s; EAL's memory: %s; external lists in a walk: %d\n", external(va),
		external(rte_malloc(NULL, 1, 0)), n);

	if (rte_extmem_unregister(va, len) < 0)
		rte_exit(EXIT_FAILURE, "unregister: %s\n", rte_strerror(rte_errno));
	return rte_eal_cleanup();
}
