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

#define ARGS 3

static int
do_register(const size_t *arg)
{
	return perf_register(arg[0], arg[1], arg[2], NULL);
}

static int
do_lists(const size_t *arg)
{
	return perf_lists_add(arg[0]) < 0 ? perf_fail("Registering lists") : 0;
}

static int
do_hit(const size_t *arg)
{
	return perf_hit(arg[0]);
}

static int
do_miss(const size_t *arg)
{
	return perf_miss(arg[0]);
}

static int
do_chain(const size_t *arg)
{
	return perf_chain(arg[0]);
}

static int
do_memseg(const size_t *arg)
{
	return perf_memseg(arg[0]);
}

static int
do_ordinary(const size_t *arg)
{
	return perf_ordinary(arg[0]);
}

static int
do_threads(const size_t *arg)
{
	return perf_threads(arg[0], arg[1]);
}

static int
do_malloc(const size_t *arg)
{
	return bench_malloc(arg[0]);
}

static int
do_mempool(const size_t *arg)
{
	return bench_mempool(arg[0]);
}

static int
do_hotplug(const size_t *arg)
{
	return bench_hotplug(arg[0], arg[1]);
}

static int
do_null(const size_t *arg)
{
	return bench_packets("null", arg[0], arg[1]);
}

static int
do_ring(const size_t *arg)
{
	return bench_packets("ring", arg[0], arg[1]);
}

static int
do_ports(const size_t *arg)
{
	return bench_packets("ports", arg[0], arg[1]);
}

static int
do_stress(const size_t *arg)
{
	return bench_stress(arg[0]);
}

#ifdef RTE_HAS_EXTMEM_DMABUF

static int
do_register_dmabuf(const size_t *arg)
{
	struct perf_dmabuf dmabuf = bench_dmabuf(arg[0]);

	if (dmabuf.fd < 0)
		return perf_fail("Making a dma-buf");
	return perf_register(arg[0], arg[1], arg[2], &dmabuf);
}

#endif

/* Beside the reworked DPDK's own, the design that the unmodified one could have */
static int
do_getters(const size_t *arg)
{
	const struct perf_getters side = { "side table", side_table_get_fd, side_table_get_offset };
	void *area = aligned_alloc(RTE_PGSIZE_2M, RTE_PGSIZE_2M);
	struct perf_dmabuf dmabuf = bench_dmabuf(RTE_PGSIZE_2M);
	const struct rte_memseg_list *msl;
	int ret = -1;

	if (dmabuf.fd < 0 || area == NULL)
		return perf_fail("Making a dma-buf");
#ifdef RTE_HAS_EXTMEM_DMABUF
	ret = rte_extmem_register_dmabuf(area, RTE_PGSIZE_2M, dmabuf.fd, 0, NULL, 0, RTE_PGSIZE_2M);
#else
	ret = rte_extmem_register(area, RTE_PGSIZE_2M, NULL, 0, RTE_PGSIZE_2M);
#endif
	if (ret < 0)
		return perf_fail("Registering memory");
	msl = rte_mem_virt2memseg_list(area);
	/* any list serves as the first: none before it is asked for */
	side_table_init(msl);
	side_table_set(msl, dmabuf.fd, 0);

	ret = perf_getters(&side, msl, arg[0]);
#ifdef RTE_HAS_EXTMEM_DMABUF
	if (ret == 0) {
		const struct perf_getters ours = { "rte_memseg_list_get_dmabuf_*_unsafe",
			rte_memseg_list_get_dmabuf_fd_unsafe,
			rte_memseg_list_get_dmabuf_offset_unsafe };

		ret = perf_getters(&ours, msl, arg[0]);
	}
#endif
	rte_extmem_unregister(area, RTE_PGSIZE_2M);
	close(dmabuf.fd);
	free(area);
	return ret;
}

static const struct {
	const char *name;
	int (*run)(const size_t *arg);
} works[] = {
	{ "register", do_register }, /* bytes, bytes of a page, samples */
#ifdef RTE_HAS_EXTMEM_DMABUF
	{ "register-dmabuf", do_register_dmabuf }, /* the same */
#endif
	{ "getters", do_getters }, /* samples */
	{ "lists", do_lists }, /* so many in use, from now on */
	{ "hit", do_hit }, /* samples */
	{ "miss", do_miss }, /* samples */
	{ "chain", do_chain }, /* samples */
	{ "memseg", do_memseg }, /* samples */
	{ "ordinary", do_ordinary }, /* samples */
	{ "threads", do_threads }, /* threads, samples */
	{ "malloc", do_malloc }, /* samples */
	{ "mempool", do_mempool }, /* samples */
	{ "hotplug", do_hotplug }, /* bytes, samples */
	{ "null", do_null }, /* whether in registered memory, samples */
	{ "ring", do_ring }, /* the same */
	{ "ports", do_ports }, /* the same */
	{ "stress", do_stress }, /* seconds */
};

static int
run(const char *work)
{
	size_t arg[ARGS] = {0};
	size_t len = strcspn(work, "=");
	unsigned int i, n;
	char *next;

	for (i = 0; i < RTE_DIM(works); i++) {
		if (strncmp(works[i].name, work, len) == 0 && works[i].name[len] == '\0')
			break;
	}
	if (i == RTE_DIM(works)) {
		fprintf(stderr, "dmabuf-bench: no work is named %s\n", work);
		return -1;
	}
	for (n = 0, work += len; *work != '\0' && n < ARGS; n++, work = next)
		arg[n] = strtoull(work + 1, &next, 0);
	return works[i].run(arg);
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

	for (i = 1; i < first && ret == 0; i++)
		ret = run(argv[i]);
	perf_lists_drop();

	start = perf_now();
	rte_eal_cleanup();
	perf_add(&cleanup, start, 1000);
	if (ret == 0)
		perf_print("rte_eal_cleanup", 1, "us", &cleanup);
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
