/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * What registration of external memory and look-ups cost on this
 * machine. Prints figures; judges none.
 */

#include <stdio.h>

#include "extmem_dmabuf_util.h"
#include "test.h"

#ifndef RTE_EXEC_ENV_LINUX

static int
test_extmem_dmabuf_perf(void)
{
	printf("dma-bufs are Linux's, skipping test\n");
	return TEST_SKIPPED;
}

#else

#include "extmem_dmabuf_perf.h"

#define SAMPLES 9

static int
measure_registration(void)
{
	unsigned int pages;

	for (pages = 1; pages <= 1 << 20; pages *= 32) {
		if (perf_register(pages, SAMPLES, -1) < 0)
			return -1;
	}
	return 0;
}

static int
measure_dmabuf(void)
{
	const size_t len = 64 * DBT_MIB;
	const struct perf_getters getters = { "rte_memseg_list_get_dmabuf_*_unsafe",
		rte_memseg_list_get_dmabuf_fd_unsafe, rte_memseg_list_get_dmabuf_offset_unsafe };
	void *va;
	int ret, fd;

	if (!dbt_can_export(DBT_UDMABUF) && !dbt_can_export(DBT_HEAP)) {
		printf("No /dev/udmabuf and no /dev/dma_heap/system: no figures of dma-bufs\n");
		return 0;
	}
	fd = dbt_create_any(len);
	va = dbt_reserve(len, PERF_PAGE_SZ);
	if (fd < 0 || va == NULL)
		return -1;

	ret = perf_register(len / PERF_PAGE_SZ, SAMPLES, fd);
	if (ret == 0)
		ret = dbt_register(va, len, fd, 0, NULL, 0, PERF_PAGE_SZ);
	if (ret == 0)
		ret = perf_getters(&getters, rte_mem_virt2memseg_list(va), SAMPLES);
	return ret;
}

static int
measure_lookups(void)
{
	/* one list is left for the thread that registers */
	static const unsigned int lists[] = { 1, 16, 64, 100, RTE_MAX_MEMSEG_LISTS - 1 };
	unsigned int i;
	int ret = 0;

	for (i = 0; ret == 0 && i < RTE_DIM(lists); i++) {
		if (perf_lists_add(lists[i]) < 0 || perf_hit(SAMPLES) < 0 ||
				perf_miss(SAMPLES) < 0 || perf_chain(SAMPLES) < 0 ||
				perf_memseg(SAMPLES) < 0)
			ret = -1;
	}
	for (i = 1; ret == 0 && i <= 8; i *= 2)
		ret = perf_threads(i, SAMPLES);
	perf_lists_drop();
	return ret;
}

static int
run_perf(void)
{
	TEST_ASSERT(measure_registration() == 0, "registration");
	TEST_ASSERT(measure_dmabuf() == 0, "dma-bufs");
	TEST_ASSERT(measure_lookups() == 0, "look-ups");
	TEST_ASSERT(perf_ordinary(SAMPLES) == 0, "ordinary memory");
	return TEST_SUCCESS;
}

static struct unit_test_suite extmem_dmabuf_perf_suite = {
	.suite_name = "cost of dma-buf memory",
	.unit_test_cases = {
		DBT_CASE(run_perf, DBT_FILES_VARY),
		TEST_CASES_END()
	}
};

static int
test_extmem_dmabuf_perf(void)
{
	return unit_test_suite_runner(&extmem_dmabuf_perf_suite);
}

#endif /* RTE_EXEC_ENV_LINUX */

REGISTER_PERF_TEST(extmem_dmabuf_perf_autotest, test_extmem_dmabuf_perf);
