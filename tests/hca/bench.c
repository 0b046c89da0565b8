/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * What dma-bufs cost mlx5's registration and look-up, on a model HCA that maps nothing: the time is
 * that of DPDK alone, of which a kernel's registration is many times more.
 *
 * No kernel is needed for that. On a machine without a maker of dma-bufs, a memfd stands in for
 * one, and the first line says so: in a virtual machine that has them, times are of no use.
 *
 * usage: hca-bench [EAL arguments]
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_memory.h>

#include "bed_mlx5.h"

#define LEN ((size_t)4 << 20)
#define TIMES 200000
#define RUNS 20

static struct bed_list dmabuf;
static char *ordinary; /* in a list */
static char *unlisted;

static void
decide(char *addr)
{
	volatile const void *msl = rte_mem_find_dmabuf_list(addr, 4096);

	RTE_SET_USED(msl);
}

static void
look_up(char *addr)
{
	volatile const void *msl = rte_mem_virt2memseg_list(addr);

	RTE_SET_USED(msl);
}

static void
create(char *addr)
{
	struct mlx5_pmd_mr mr = { 0 };

	if (bed_reg_mr(bed_pd(BED_PLAIN), addr, 4096, &mr) < 0)
		abort();
	bed_dereg_mr(&mr);
}

static void
call(char *addr)
{
	struct ibv_mr *mr = mlx5_glue->reg_mr(bed_pd(BED_PLAIN), addr, 4096,
			IBV_ACCESS_LOCAL_WRITE);

	mlx5_glue->dereg_mr(mr);
}

/* A hit of the queue's cache, of the tree below it, and of the device's cache. */
static void
lkey(char *addr)
{
	if (bed_lkey(BED_PLAIN, addr) == UINT32_MAX)
		abort();
}

static void
lkey_flushed(char *addr)
{
	mlx5_mr_flush_local_cache(&bed_devices[BED_PLAIN].ctrl);
	lkey(addr);
}

/* The time of one call, in nanoseconds, if that is less than the fastest so far. */
static void
measure(void (*work)(char *addr), char *memory, double *fastest)
{
	uint64_t start = rte_rdtsc_precise();
	unsigned int i;

	for (i = 0; i < TIMES; i++)
		work(memory + (size_t)(i % 1000) * 4096);
	*fastest = RTE_MIN(*fastest,
		(rte_rdtsc_precise() - start) * 1e9 / rte_get_tsc_hz() / TIMES);
}

/* By turns, so that what else the machine does slows both. */
static void
compare(const char *what, void (*work)(char *addr))
{
	double of_dmabuf = 1e9, of_ordinary = 1e9;
	unsigned int run;

	for (run = 0; run < RUNS; run++) {
		measure(work, dmabuf.va, &of_dmabuf);
		measure(work, ordinary, &of_ordinary);
	}
	printf("%-46s %8.1f ns %8.1f ns %8.2f\n", what, of_dmabuf, of_ordinary,
		of_dmabuf / of_ordinary);
}

static void
show(const char *what, void (*work)(char *addr), char *memory)
{
	double fastest = 1e9;
	unsigned int run;

	for (run = 0; run < RUNS; run++)
		measure(work, memory, &fastest);
	printf("%-46s %11s %8.1f ns\n", what, "", fastest);
}

/* A pool of external buffers is registered: how long, and how many memory regions. */
static void
register_pool(const char *what, char *va, size_t len, size_t page_sz)
{
	struct rte_pktmbuf_extmem memory = bed_extmem(va, len, 9216);
	struct rte_mempool *pool = bed_extbuf_pool("bench", len / 9216, 9216, &memory, 1);
	unsigned int before = model_calls.live;
	uint64_t start = rte_rdtsc_precise();
	int ret = mlx5_mr_mempool_register(bed_devices[BED_PLAIN].cdev, pool, true);
	double ms = (rte_rdtsc_precise() - start) * 1e3 / rte_get_tsc_hz();

	printf("%-8s %5zu MiB, pages of %4zu KiB: %12.1f ms, %u memory regions\n", what, len >> 20,
		page_sz >> 10, ms, ret < 0 ? 0 : model_calls.live - before);
	mlx5_mr_mempool_unregister(bed_devices[BED_PLAIN].cdev, pool);
	rte_mempool_free(pool);
}

static void
compare_pools(void)
{
	static const size_t page_sizes[] = { 4 << 10, 64 << 10, 2 << 20 };
	struct bed_list list;
	unsigned int p;
	size_t len;
	char *va;

	printf("\npools of external buffers of 9,216 bytes (of ordinary memory, mlx5 notes the page in which each starts)\n");
	for (len = 16 << 20; len <= (size_t)1 << 30; len *= 4) {
		for (p = 0; p < RTE_DIM(page_sizes); p++) {
			bed_list_make(&list, len, page_sizes[p], 0, false, NULL);
			register_pool("dma-buf", list.va, len, page_sizes[p]);
			/* the time grows with the square of the pages */
			va = list.va;
			if (rte_extmem_unregister(va, len) == 0 && len / page_sizes[p] <= 16384 &&
					rte_extmem_register(va, len, NULL, 0, page_sizes[p]) == 0) {
				register_pool("ordinary", va, len, page_sizes[p]);
				rte_extmem_unregister(va, len);
			}
			bed_list_release(&list);
		}
	}
}

int
main(int argc, char **argv)
{
	bool stand_in;

	setvbuf(stdout, NULL, _IOLBF, 0);
	bed_start(argc, argv, "primary");
	bed_seed(1);
	stand_in = access("/dev/udmabuf", F_OK) < 0;
	bed_stand_in(stand_in);
	model_set_mapping(false);
	bed_list_make(&dmabuf, LEN, 4096, 4096, false, NULL);
	ordinary = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unlisted = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ordinary == MAP_FAILED || unlisted == MAP_FAILED ||
			rte_extmem_register(ordinary, LEN, NULL, 0, 4096) < 0)
		abort();

	printf("model HCA, which maps nothing; %s; fastest of %u runs of %u\n\n",
		stand_in ? "a memfd, as stand-in for a dma-buf" : "real dma-buf", RUNS, TIMES);
	printf("%-46s %11s %11s %8s\n", "", "dma-buf", "ordinary", "ratio");
	compare("look-up of the list", look_up);
	compare("decision: is this range a dma-buf's", decide);
	compare("memory region made and destroyed", create);

	if (rte_dev_dma_map(bed_rte_device(BED_PLAIN), dmabuf.va, RTE_BAD_IOVA, LEN) < 0 ||
			rte_dev_dma_map(bed_rte_device(BED_PLAIN), ordinary, RTE_BAD_IOVA, LEN) < 0)
		abort();
	compare("key: hit of the queue's cache", lkey);
	compare("key: hit of the device's cache", lkey_flushed);

	printf("\n");
	show("decision: memory in no list", decide, unlisted);
	show("memory region by the glue, without decision", call, ordinary);

	rte_dev_dma_unmap(bed_rte_device(BED_PLAIN), dmabuf.va, RTE_BAD_IOVA, LEN);
	rte_dev_dma_unmap(bed_rte_device(BED_PLAIN), ordinary, RTE_BAD_IOVA, LEN);
	bed_list_free(&dmabuf);
	rte_extmem_unregister(ordinary, LEN);
	compare_pools();
	bed_stop();
	return EXIT_SUCCESS;
}
