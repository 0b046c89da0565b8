/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * mlx5's registration of memory, on a model HCA and with dma-bufs that the kernel made.
 *
 * usage: hca [--seed N] [--rounds N] [EAL arguments]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	{ "a cache miss registers the page, with mr_ext_memseg_en=0", case_miss_pagewise },
	{ "each device and protection domain has its own", case_devices },
	{ "the cache grows, by mapping and by missing", case_expansion },
	{ "a pool of mbufs in a dma-buf", case_pool_mbufs },
	{ "a pool without IO addresses, which mlx5 does not register", case_pool_no_iova },
	{ "a pool of mbufs with external buffers in a dma-buf", case_pool_extbufs },
	{ "a pool of external buffers that is sent before it is registered",
		case_pool_extbufs_missed },
	{ "two pools in one page share a memory region", case_pool_shared_page },
	{ "a pool in adjacent lists has a memory region in each", case_pool_adjacent },
	{ "a pool that is refused in part leaves nothing behind", case_pool_refused },
	{ "pools register themselves with a device", case_pool_subscribed },
	{ "a range that leaves a dma-buf reaches no kernel", case_outside },
	{ "unsupported: the addresses are registered, with one notice a device",
		case_unsupported },
	{ "unsupported, nor the addresses: one error with both reasons", case_neither },
	{ "any other error is final, and leaves nothing behind", case_other_errors },
	{ "address and offset at different places of a page: an error that says so",
		case_place_in_page },
	{ "ordinary memory is registered as it always was", case_ordinary },
	{ "a secondary process asks its primary", case_secondary },
};

static unsigned int
open_files(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 4096; fd++)
		n += lseek(fd, 0, SEEK_CUR) >= 0;
	return n;
}

int
main(int argc, char **argv)
{
	const unsigned int n_cases = sizeof(cases) / sizeof(cases[0]);
	unsigned int i, files, failed = 0;
	uint64_t seed = 1;
	bool ok;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && strcmp(argv[1], SECONDARY) == 0)
		return secondary_main(argc - 1, argv + 1);
	for (; argc > 2; argc -= 2) {
		if (strcmp(argv[1], "--seed") == 0)
			seed = strtoull(argv[2], NULL, 0);
		else if (strcmp(argv[1], "--rounds") == 0)
			rounds = strtoul(argv[2], NULL, 0);
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
		bed_seed(seed + i);
		if (i == 1)
			files = open_files();
		ok = cases[i].run();
		if (ok && model_calls.live != 0)
			ok = wrong("%u memory regions are left", model_calls.live);
		if (ok && i > 0 && open_files() > files)
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
