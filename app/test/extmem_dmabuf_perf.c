/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifdef RTE_EXEC_ENV_LINUX

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
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

/* Address space, aligned to pages of any size. */
static void *
reserve(size_t len, size_t page_sz, void **mapping)
{
	*mapping = mmap(NULL, len + page_sz, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);
	if (*mapping == MAP_FAILED) {
		rte_errno = errno;
		return NULL;
	}
	return RTE_PTR_ALIGN(*mapping, page_sz);
}

/* The file that EAL has for the memsegs of what is registered at va, unless it shares nothing */
static bool
has_file(const void *va)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/fbarray_extmem_%p", rte_eal_get_runtime_dir(), va);
	return access(path, F_OK) == 0;
}

static void *
fresh_mapping(size_t size, const char *path, int *fd)
{
	void *data;

	*fd = -1;
	if (path != NULL) {
		*fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		if (*fd < 0 || ftruncate(*fd, size) < 0)
			return NULL;
	}
	data = mmap(NULL, size, PROT_READ | PROT_WRITE,
			path != NULL ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, *fd, 0);
	return data == MAP_FAILED ? NULL : data;
}

/* As many bytes as an array of memsegs has, and as full of them */
static int
measure_write(bool in_file, size_t page_sz, unsigned int n, struct perf_samples *write,
		struct perf_samples *drop)
{
	size_t size = RTE_ALIGN_CEIL(n * sizeof(struct rte_memseg) + sizeof(uint64_t) + n / 8, 4096);
	struct perf_clocks start = perf_now();
	struct rte_memseg *ms;
	char path[PATH_MAX];
	unsigned int i;
	int fd;

	snprintf(path, sizeof(path), "%s/perf_write", rte_eal_get_runtime_dir());
	ms = fresh_mapping(size, in_file ? path : NULL, &fd);
	if (ms == NULL) {
		rte_errno = errno;
		return perf_fail("Mapping fresh memory");
	}
	for (i = 0; i < n; i++) {
		ms[i] = (struct rte_memseg){
			.addr = (void *)(uintptr_t)(i * page_sz), .iova = RTE_BAD_IOVA,
			.len = page_sz, .hugepage_sz = page_sz, .socket_id = 256,
		};
	}
	memset(&ms[n], UINT8_MAX, n / 8);
	perf_add(write, start, n);

	start = perf_now();
	if (in_file) {
		unlink(path);
		close(fd);
	}
	munmap(ms, size);
	perf_add(drop, start, n);
	return 0;
}

static int
register_memory(void *va, size_t len, size_t page_sz, const struct perf_dmabuf *dmabuf)
{
#ifdef RTE_HAS_EXTMEM_DMABUF
	if (dmabuf != NULL)
		return rte_extmem_register_dmabuf(va, len, dmabuf->fd, 0, NULL, 0, page_sz);
#else
	RTE_SET_USED(dmabuf);
#endif
	return rte_extmem_register(va, len, NULL, 0, page_sz);
}

static void
print_of_pages(const char *work, size_t page_sz, unsigned int n, struct perf_samples *samples)
{
	char name[64];

	snprintf(name, sizeof(name), "%s, pages of %zu KiB", work, page_sz / 1024);
	perf_print(name, n, "ns/page", samples);
}

int
perf_register(size_t len, size_t page_sz, unsigned int samples, const struct perf_dmabuf *dmabuf)
{
	struct perf_samples write = {0}, drop = {0}, add = {0}, del = {0};
	unsigned int i, n = len / page_sz;
	struct perf_clocks start;
	void *va, *mapping;
	bool in_file = false;
	int ret = 0;

	va = reserve(len, page_sz, &mapping);
	if (va == NULL)
		return perf_fail("Reserving address space");

	for (i = 0; ret == 0 && i < samples; i++) {
		start = perf_now();
		ret = register_memory(va, len, page_sz, dmabuf);
		perf_add(&add, start, n);
		if (ret < 0)
			break;
		in_file = has_file(va);

		start = perf_now();
		ret = rte_extmem_unregister(va, len);
		perf_add(&del, start, n);
	}
	/* not in turn: the one would leave the other memory that the kernel has to put together first */
	for (i = 0; ret == 0 && dmabuf == NULL && i < samples; i++)
		ret = measure_write(in_file, page_sz, n, &write, &drop);
	munmap(mapping, len + page_sz);
	if (ret < 0)
		return perf_fail("Registering or unregistering");

	print_of_pages(dmabuf != NULL ? "rte_extmem_register_dmabuf" : "rte_extmem_register",
			page_sz, n, &add);
	print_of_pages(dmabuf != NULL ? "rte_extmem_unregister (dma-buf)" : "rte_extmem_unregister",
			page_sz, n, &del);
	if (dmabuf == NULL) {
		print_of_pages("writing the same bytes", page_sz, n, &write);
		print_of_pages("unmapping them", page_sz, n, &drop);
	}
	return 0;
}

#endif /* RTE_EXEC_ENV_LINUX */
