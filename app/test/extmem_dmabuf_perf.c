/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifdef RTE_EXEC_ENV_LINUX

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "extmem_dmabuf_perf.h"

bool perf_for_programs;

static uint64_t
read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct perf_clocks
perf_now(void)
{
	struct perf_clocks now = { .wall = read_clock(CLOCK_MONOTONIC) };

	now.cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
	return now;
}

void
perf_add(struct perf_samples *samples, struct perf_clocks start, double units)
{
	struct perf_clocks now = perf_now();

	if (samples->n == PERF_SAMPLES_MAX)
		return;
	samples->cpu[samples->n] = (now.cpu - start.cpu) / units;
	samples->wall[samples->n] = (now.wall - start.wall) / units;
	samples->n++;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *values, unsigned int n)
{
	qsort(values, n, sizeof(*values), compare);
	return n % 2 != 0 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

void
perf_print(const char *work, uint64_t how_many, const char *unit, struct perf_samples *samples)
{
	if (samples->n == 0)
		return;
	printf(perf_for_programs ? "PERF\t%s\t%" PRIu64 "\t%s\t%.3f\t%.3f\n" :
		"%-62s %9" PRIu64 " %9s %10.2f (by the clock %.2f)\n", work, how_many, unit,
		median(samples->cpu, samples->n), median(samples->wall, samples->n));
	fflush(stdout);
}

int
perf_fail(const char *what)
{
	fprintf(stderr, "%s failed: %s\n", what, rte_strerror(rte_errno));
	return -1;
}

/* ---- registration ---- */

static int
register_memory(void *va, size_t len, int dmabuf_fd)
{
#ifdef RTE_HAS_EXTMEM_DMABUF
	if (dmabuf_fd >= 0)
		return rte_extmem_register_dmabuf(va, len, dmabuf_fd, 0, NULL, 0, PERF_PAGE_SZ);
#else
	RTE_SET_USED(dmabuf_fd);
#endif
	return rte_extmem_register(va, len, NULL, 0, PERF_PAGE_SZ);
}

int
perf_register(unsigned int pages, unsigned int samples, int dmabuf_fd)
{
	const size_t len = pages * PERF_PAGE_SZ;
	struct perf_samples add = {0}, del = {0};
	struct perf_clocks start;
	int ret = 0;
	void *va;

	va = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (va == MAP_FAILED) {
		rte_errno = errno;
		return perf_fail("Reserving address space");
	}
	while (ret == 0 && add.n < samples) {
		start = perf_now();
		ret = register_memory(va, len, dmabuf_fd);
		perf_add(&add, start, pages);
		if (ret < 0)
			break;

		start = perf_now();
		ret = rte_extmem_unregister(va, len);
		perf_add(&del, start, pages);
	}
	munmap(va, len);
	if (ret < 0)
		return perf_fail("Registering or unregistering");

	perf_print(dmabuf_fd < 0 ? "rte_extmem_register" : "rte_extmem_register_dmabuf", pages,
			"ns/page", &add);
	perf_print(dmabuf_fd < 0 ? "rte_extmem_unregister" : "rte_extmem_unregister (dma-buf)",
			pages, "ns/page", &del);
	return 0;
}

#endif /* RTE_EXEC_ENV_LINUX */
