/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EXTMEM_DMABUF_PERF_H
#define EXTMEM_DMABUF_PERF_H

/*
 * What registration and look-ups cost, measured: for extmem_dmabuf_perf_autotest and for the
 * project's benchmark, which compiles the same for the unmodified DPDK. So nothing here uses what
 * the unmodified DPDK lacks, unless RTE_HAS_EXTMEM_DMABUF is defined.
 *
 * Each figure is the median of several samples, by two clocks: the one on the wall, and that of the
 * processor time of the thread, which leaves out what else the machine did.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_memory.h>

/* ---- samples ---- */

#define PERF_SAMPLES_MAX 64

struct perf_clocks {
	uint64_t cpu; /* ns */
	uint64_t wall;
};

struct perf_samples {
	unsigned int n;
	double cpu[PERF_SAMPLES_MAX];
	double wall[PERF_SAMPLES_MAX];
};

struct perf_clocks perf_now(void);

/* Add the time since start, divided by the number of units of work done in it. */
void perf_add(struct perf_samples *samples, struct perf_clocks start, double units);

/*
 * Print a line: the work, how many (pages, lists, ...), the unit, the medians; or what failed. For
 * programs to read, the line starts with PERF, and tabs separate the columns.
 */
extern bool perf_for_programs;
void perf_print(const char *work, uint64_t how_many, const char *unit,
	struct perf_samples *samples);
int perf_fail(const char *what);

/* ---- registration ---- */

#define PERF_PAGE_SZ ((size_t)RTE_PGSIZE_4K)

/*
 * Register and unregister address space that nobody touches; of a dma-buf unless dmabuf_fd is -1.
 */
int perf_register(unsigned int pages, unsigned int samples, int dmabuf_fd);

/* ---- look-ups ---- */

/* Register lists until so many are in use; 0, or -1 if that fails. perf_lists_drop() ends it. */
int perf_lists_add(unsigned int lists);
void perf_lists_drop(void);
unsigned int perf_lists_in_use(void);

/*
 * Look up the lists of random addresses in the lists in use; of addresses in none, between them and
 * far from them; of addresses each of which depends on the list of the one before; and memsegs.
 */
int perf_hit(unsigned int samples);
int perf_miss(unsigned int samples);
int perf_chain(unsigned int samples);
int perf_memseg(unsigned int samples);

/* Look up addresses of rte_malloc(). */
int perf_ordinary(unsigned int samples);

/* Look up in so many threads, while another one registers and unregisters. */
int perf_threads(unsigned int threads, unsigned int samples);

/* Get the descriptor and the offset of a dma-buf's list, by any functions with the prototypes. */
struct perf_getters {
	const char *name;
	int (*fd)(const struct rte_memseg_list *msl);
	int (*offset)(const struct rte_memseg_list *msl, uint64_t *offset);
};
int perf_getters(const struct perf_getters *getters, const struct rte_memseg_list *msl,
		unsigned int samples);

#endif /* EXTMEM_DMABUF_PERF_H */
