/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * mlx5's registration of memory, on a model HCA and with dma-bufs that the kernel made.
 *
 * usage: hca [--seed N] [--rounds N] [--only <part of a case's name>] [EAL arguments]
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed_mlx5.h"
#include "cases.h"

#define SECONDARY "--secondary"

unsigned int rounds = 2000;

static const struct {
	const char *name;
	bool (*run)(void);
} cases[] = {
	{ "any bytes of any list, by mlx5's registration itself", case_function },
	{ "rte_dev_dma_map and rte_dev_dma_unmap", case_dma_map },
	{ "a cache miss registers the list", case_miss },
	{ "a cache miss registers the list, with mr_ext_memseg_en=0, too", case_miss_pagewise },
	{ "a cache miss registers what is not mapped", case_miss_gaps },
	{ "each device and protection domain has its own", case_devices },
	{ "the cache grows, by mapping", case_expansion },
	{ "a pool of mbufs in a dma-buf", case_pool_mbufs },
	{ "a pool without IO addresses, which mlx5 does not register", case_pool_no_iova },
	{ "a pool of mbufs with external buffers in a dma-buf", case_pool_extbufs },
	{ "external buffers smaller and larger than a page, all their bytes", case_pool_extbuf_sizes },
	{ "external buffers in dma-bufs, adjacent and apart, and in ordinary memory",
		case_pool_extbufs_apart },
	{ "an external buffer in two dma-bufs is refused", case_pool_extbufs_split },
	{ "two pools of external buffers in one dma-buf", case_pool_extbufs_twice },
	{ "external buffers, mapped before the pool is registered and after", case_pool_extbufs_mapped },
	{ "the calls that DAQIRI makes, on each device", case_pool_extbufs_daqiri },
	{ "clones, and a dma-buf's bytes attached to an ordinary mbuf", case_pool_extbufs_cloned },
	{ "external buffers beyond 4 GiB (a memfd stands in for a dma-buf)", case_pool_extbufs_huge },
	{ "a pool of external buffers that is sent before it is registered",
		case_pool_extbufs_missed },
	{ "two pools in one page share a memory region", case_pool_shared_page },
	{ "a pool in adjacent lists has a memory region in each", case_pool_adjacent },
	{ "a pool that is refused in part leaves nothing behind", case_pool_refused },
	{ "pools register themselves with a device", case_pool_subscribed },
	{ "a range that leaves a dma-buf reaches no kernel", case_outside },
	{ "a refusal is final, tells what to do, and leaves nothing behind", case_refused },
	{ "refusals of a burst do not fill the log", case_refused_burst },
	{ "address and offset at different places of a page: an error that says so",
		case_place_in_page },
	{ "unregistered after a miss: no key, no crash", case_stale_missed },
	{ "unregistered while mapped: no key", case_stale_mapped },
	{ "unregistered under a pool: no key", case_stale_pool },
	{ "detached and attached", case_stale_detached },
	{ "unregistered while the kernel registers it", case_stale_meanwhile },
	{ "what outlives ordinary memory is no dma-buf's", case_stale_ordinary },
	{ "in any order, no key is of another dma-buf", case_stale_any_order },
	{ "ordinary memory is registered as it always was", case_ordinary },
	{ "a secondary process asks its primary", case_secondary },
	{ "a device that is removed", case_stale_device },
};

static unsigned int
open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

int
main(int argc, char **argv)
{
	const unsigned int n_cases = sizeof(cases) / sizeof(cases[0]);
	unsigned int i, files, failed = 0;
	const char *only = "";
	uint64_t seed = 1;
	bool ok = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && strcmp(argv[1], SECONDARY) == 0)
		return secondary_main(argc - 1, argv + 1);
	for (; argc > 2; argc -= 2) {
		if (strcmp(argv[1], "--seed") == 0)
			seed = strtoull(argv[2], NULL, 0);
		else if (strcmp(argv[1], "--rounds") == 0)
			rounds = strtoul(argv[2], NULL, 0);
		else if (strcmp(argv[1], "--only") == 0)
			only = argv[2];
		else
			break;
		argv[2] = argv[0];
		argv += 2;
	}

	printf("# model HCA, no hardware; real dma-bufs; seed %llu, %u rounds\n",
		(unsigned long long)seed, rounds);
	bed_start(argc, argv, "primary");
	files = 0;
	for (i = 0; i < n_cases; i++) {
		if (strstr(cases[i].name, only) == NULL)
			continue;
		bed_seed(seed + i);
		if (files == 0 && i > 0)
			files = open_files();
		ok = cases[i].run();
		if (ok && model_calls.live != 0)
			ok = wrong("%u memory regions are left", model_calls.live);
		if (ok && files > 0 && open_files() > files)
			ok = wrong("%u descriptors are left", open_files() - files);
		printf("%s %u - model HCA: %s\n", ok ? "ok" : "not ok", i + 1, cases[i].name);
		if (!ok) {
			failed++;
			break; /* what is left would fail the others */
		}
	}
	printf("1..%u\n", ok ? n_cases : i + 1);
	bed_stop();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
