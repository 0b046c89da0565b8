/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef CASES_H
#define CASES_H

#include <stdbool.h>

#include "expect.h"

/* Each prints what is wrong and returns false if anything is. */

/* ways to a memory region: ways.c */
bool case_function(void);
bool case_dma_map(void);
bool case_miss(void);
bool case_miss_pagewise(void);
bool case_miss_gaps(void);
bool case_devices(void);
bool case_expansion(void);

/* pools: pools.c */
bool case_pool_mbufs(void);
bool case_pool_no_iova(void);
bool case_pool_extbufs(void);
bool case_pool_extbuf_sizes(void);
bool case_pool_extbufs_apart(void);
bool case_pool_extbufs_split(void);
bool case_pool_extbufs_twice(void);
bool case_pool_extbufs_mapped(void);
bool case_pool_extbufs_daqiri(void);
bool case_pool_extbufs_cloned(void);
bool case_pool_extbufs_huge(void);
bool case_pool_extbufs_missed(void);
bool case_pool_shared_page(void);
bool case_pool_adjacent(void);
bool case_pool_refused(void);
bool case_pool_subscribed(void);

/* what is refused: refusals.c */
bool case_outside(void);
bool case_refused(void);
bool case_refused_burst(void);
bool case_place_in_page(void);
bool case_ordinary(void);

/* memory that is unregistered or detached: stale.c */
bool case_stale_missed(void);
bool case_stale_mapped(void);
bool case_stale_pool(void);
bool case_stale_detached(void);
bool case_stale_meanwhile(void);
bool case_stale_ordinary(void);
bool case_stale_any_order(void);
bool case_stale_device(void);

/* another process: secondary.c */
bool case_secondary(void);
int secondary_main(int argc, char **argv);

/* How many random cases one of them has. */
extern unsigned int rounds;

#endif /* CASES_H */
