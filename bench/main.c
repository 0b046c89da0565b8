/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * usage: dmabuf-bench WORK[=NUMBER[,NUMBER...]]... -- EAL options
 * Does the work and prints what it cost; tools/bench runs it and compares. See the table below.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "bench.h"

static int
add_lists(unsigned int lists)
{
	return perf_lists_add(lists) < 0 ? perf_fail("Registering lists") : 0;
}

static int
register_memory(unsigned int pages, unsigned int samples)
{
	return perf_register(pages, samples, -1);
}

#ifdef RTE_HAS_EXTMEM_DMABUF

static int
register_dmabuf(unsigned int pages, unsigned int samples)
{
	int ret, fd = bench_dmabuf(pages * PERF_PAGE_SZ);

	if (fd < 0)
		return perf_fail("Making a dma-buf");
	ret = perf_register(pages, samples, fd);
	close(fd);
	return ret;
}

#endif

/* Beside the reworked DPDK's own, the design that the unmodified one could have */
static int
getters(unsigned int samples)
{
	const struct perf_getters side = { "side table", side_table_get_fd, side_table_get_offset };
	void *area = aligned_alloc(RTE_PGSIZE_2M, RTE_PGSIZE_2M);
	int fd = bench_dmabuf(RTE_PGSIZE_2M);
	const struct rte_memseg_list *msl;
	int ret = -1;

	if (fd < 0 || area == NULL)
		return perf_fail("Making a dma-buf");
#ifdef RTE_HAS_EXTMEM_DMABUF
	ret = rte_extmem_register_dmabuf(area, RTE_PGSIZE_2M, fd, 0, NULL, 0, RTE_PGSIZE_2M);
#else
	ret = rte_extmem_register(area, RTE_PGSIZE_2M, NULL, 0, RTE_PGSIZE_2M);
#endif
	if (ret < 0)
		return perf_fail("Registering memory");
	msl = rte_mem_virt2memseg_list(area);
	/* any list serves as the first: none before it is asked for */
	side_table_init(msl);
	side_table_set(msl, fd, 0);

	ret = perf_getters(&side, msl, samples);
#ifdef RTE_HAS_EXTMEM_DMABUF
	if (ret == 0) {
		const struct perf_getters ours = { "rte_memseg_list_get_dmabuf_*_unsafe",
			rte_memseg_list_get_dmabuf_fd_unsafe,
			rte_memseg_list_get_dmabuf_offset_unsafe };

		ret = perf_getters(&ours, msl, samples);
	}
#endif
	rte_extmem_unregister(area, RTE_PGSIZE_2M);
	close(fd);
	free(area);
	return ret;
}

static const struct {
	const char *name;
	int (*one)(unsigned int number);
	int (*two)(unsigned int number, unsigned int another);
} works[] = {
	{ "lists", .one = add_lists }, /* so many in use, from now on */
	{ "stress", .one = bench_stress }, /* seconds */

	/* samples */
	{ "getters", .one = getters },
	{ "hit", .one = perf_hit },
	{ "miss", .one = perf_miss },
	{ "chain", .one = perf_chain },
	{ "memseg", .one = perf_memseg },
	{ "ordinary", .one = perf_ordinary },
	{ "malloc", .one = bench_malloc },
	{ "heap", .one = bench_heap },
	{ "mempool", .one = bench_mempool },

	/* another number and samples */
	{ "register", .two = register_memory }, /* pages */
#ifdef RTE_HAS_EXTMEM_DMABUF
	{ "register-dmabuf", .two = register_dmabuf }, /* pages */
#endif
	{ "threads", .two = perf_threads }, /* threads */
	{ "hotplug", .two = bench_hotplug }, /* MiB */
	{ "packets", .two = bench_packets }, /* whether in registered memory */
};

static int
run(const char *work)
{
	size_t len = strcspn(work, "=");
	unsigned int i, number, another = 0;

	for (i = 0; i < RTE_DIM(works); i++) {
		if (strncmp(works[i].name, work, len) != 0 || works[i].name[len] != '\0')
			continue;
		if (sscanf(work + len, "=%u,%u", &number, &another) < (works[i].one ? 1 : 2))
			break;
		return works[i].one ? works[i].one(number) : works[i].two(number, another);
	}
	fprintf(stderr, "dmabuf-bench: %s is no work, or lacks a number\n", work);
	return -1;
}

int
main(int argc, char **argv)
{
	struct perf_samples init = {0}, cleanup = {0};
	struct perf_clocks start;
	int i, first, ret = 0;

	for (first = 1; first < argc && strcmp(argv[first], "--") != 0; first++)
		;
	if (first == argc) {
		fprintf(stderr, "usage: dmabuf-bench WORK[=NUMBER[,NUMBER...]]... -- EAL options\n");
		return EXIT_FAILURE;
	}

	perf_for_programs = true;
	argv[first] = argv[0];
	start = perf_now();
	if (rte_eal_init(argc - first, argv + first) < 0)
		return perf_fail("rte_eal_init") < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	perf_add(&init, start, 1000);
	perf_print("rte_eal_init", perf_lists_in_use(), "us", &init);

	/* one that fails leaves the others their figures */
	for (i = 1; i < first; i++)
		ret |= run(argv[i]);
	perf_lists_drop();

	start = perf_now();
	rte_eal_cleanup();
	perf_add(&cleanup, start, 1000);
	perf_print("rte_eal_cleanup", 1, "us", &cleanup);
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
