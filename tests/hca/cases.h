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
bool case_devices(void);
bool case_expansion(void);

/* pools: pools.c */
bool case_pool_mbufs(void);
bool case_pool_no_iova(void);
bool case_pool_extbufs(void);
bool case_pool_extbufs_missed(void);
bool case_pool_shared_page(void);
bool case_pool_adjacent(void);
bool case_pool_refused(void);
bool case_pool_subscribed(void);

/* what is refused: refusals.c */
bool case_outside(void);
bool case_unsupported(void);
bool case_neither(void);
bool case_other_errors(void);
bool case_place_in_page(void);
bool case_ordinary(void);

/* another process: secondary.c */
bool case_secondary(void);
int secondary_main(int argc, char **argv);

/* How many random cases one of them has. */
extern unsigned int rounds;

#endif /* CASES_H */
