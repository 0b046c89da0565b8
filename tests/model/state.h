/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef STATE_H
#define STATE_H

/* The model, what EAL has, and whether that is the same. */

#include <stdbool.h>

#include "model.h"

#define ARENA 0x6a0000000000u /* where nothing is mapped */
#define ARENA_PAGES 24u
#define CHUNKS 0x6b0000000000u /* for heaps, which write there */
#define CHUNK_LEN 0x10000u
#define N_CHUNKS 4u
#define PAGE 4096u

extern struct model model;
extern const struct rte_mem_config *mcfg;
extern unsigned int n_own_lists; /* of EAL, the first ones */
extern int fd_base;

/* Start EAL, with a device, and make dma-bufs, or stand-ins for some; exits if that fails. */
void state_start(const char *program, bool guest);

/* Compare lists, look-ups and getters. What differs ends the program, after what was noted. */
void state_compare(void);

/* Compare how many memsegs there are, which takes longer, and return how many are EAL's own. */
unsigned int state_compare_memsegs(void);

/* The same, and descriptors: EAL's of each dma-buf, the keeper's, and those of the files of memsegs. */
void state_compare_fds(void);

/* Compare what is allocated from EAL's heap with what it was at first. */
void state_compare_heap(void);
size_t state_heap_used(void);

/* Take the descriptors that are open, when nothing is registered, for those of others. */
void state_others_fds(void);

/* Compare what a call returned. */
void state_expect(int want, int ret);

/* What was done, for when it differs. */
__attribute__((format(printf, 1, 2)))
void state_note(const char *fmt, ...);
void state_forget_notes(void);

__attribute__((format(printf, 1, 2), noreturn))
void state_differ(const char *fmt, ...);

#endif /* STATE_H */
