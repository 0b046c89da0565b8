/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EXTMEM_DMABUF_UTIL_H
#define EXTMEM_DMABUF_UTIL_H

/*
 * What the extmem_dmabuf_* tests share: dma-bufs that the kernel made, address ranges, and a record
 * of everything a test case acquired, so that a case which fails half-way leaves nothing behind.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#ifdef RTE_EXEC_ENV_LINUX
#include <sys/resource.h>
#endif

#include <rte_errno.h>
#include <rte_memory.h>

#include "test.h"

#ifdef RTE_EXEC_ENV_LINUX

/* ---- test cases ---- */

/* The case is skipped, with the reason, where the kernel can't make a dma-buf. */
#define DBT_NEEDS_DMABUF 0x1
/* The number of open files may differ afterwards: hugepage files come and go. */
#define DBT_FILES_VARY 0x2
/* The case registers a list for good. */
#define DBT_LEAVES_LIST 0x4

struct dbt_case {
	int (*run)(void);
	unsigned int flags;
};

/* Runs one dbt_case, releases what it acquired, and fails it if EAL kept anything. */
int dbt_run(const void *dbt_case);

#define DBT_CASE(fn, case_flags) \
	TEST_CASE_NAMED_WITH_DATA(#fn, NULL, NULL, dbt_run, \
		(&(const struct dbt_case){ .run = fn, .flags = (case_flags) }))

/* Call a function, one for all cases, before the rest is released. */
void dbt_on_release(void (*fn)(void));

/* ---- what can be observed from outside ---- */

struct dbt_state {
	unsigned int lists; /* memseg lists in use */
	unsigned int fds; /* open descriptors */
	unsigned int files; /* files in the runtime directory */
	uint64_t list_hash; /* of address, length, socket, ... of every list */
	uint64_t fd_hash; /* of number and inode of every descriptor */
};

void dbt_state_get(struct dbt_state *st);
/* how long what should be closed or removed may stay, in ms; only for what will stay */
#define DBT_SETTLED_MS 5000
bool dbt_state_has_settled(const struct dbt_state *expected, const struct dbt_state *now);
/* Prints the differences. */
bool dbt_state_same(const struct dbt_state *a, const struct dbt_state *b, unsigned int flags);

/* The call returns -1 with this rte_errno and changes nothing. */
#define DBT_FAILS(call, err) do { \
	struct dbt_state dbt_before, dbt_after; \
	int dbt_ret, dbt_errno; \
	dbt_state_get(&dbt_before); \
	rte_errno = 0; \
	dbt_ret = (call); \
	dbt_errno = rte_errno; \
	dbt_state_get(&dbt_after); \
	TEST_ASSERT(dbt_ret == -1, "%s returned %d and not -1", #call, dbt_ret); \
	TEST_ASSERT(dbt_errno == (err), "%s set rte_errno %d and not %d (%s)", #call, \
		dbt_errno, (err), #err); \
	TEST_ASSERT(dbt_state_same(&dbt_before, &dbt_after, 0), \
		"%s failed and left a change behind", #call); \
} while (0)

/* ---- dma-bufs and other descriptors; closed when the case ends ---- */

enum dbt_exporter {
	DBT_UDMABUF, /* /dev/udmabuf: pages of a memfd */
	DBT_HEAP, /* /dev/dma_heap/system */
	DBT_EXPORTERS
};

bool dbt_can_export(enum dbt_exporter exporter);
/* The name that /proc/<pid>/fdinfo shows. */
const char *dbt_exporter_name(enum dbt_exporter exporter);
int dbt_create(enum dbt_exporter exporter, size_t size);
/* A dma-buf of whichever exporter there is. */
int dbt_create_any(size_t size);
/* A sealed memfd: what a udmabuf is made from, and no dma-buf. */
int dbt_memfd(size_t size);

/* Have a descriptor closed when the case ends; returns it. */
int dbt_track_fd(int fd);
/* Close it now. */
void dbt_close(int fd);
/* Until the case ends, allow descriptors below this number, or the hard limit, only. */
int dbt_limit_fds(rlim_t soft);

bool dbt_same_file(int fd_a, int fd_b);
/* Descriptors of this process that are open on the same file. */
unsigned int dbt_count_fds_of(int fd);

/* ---- address ranges; unmapped when the case ends ---- */

#define DBT_MIB ((size_t)1 << 20)

size_t dbt_page_size(void);
/* Addresses that nobody can read or write. */
void *dbt_reserve(size_t len, size_t align);
/* The same, at an address below 64 MiB that a dma-buf can have as an offset. */
void *dbt_reserve_low(size_t len, int prot);

/* ---- registrations; undone when the case ends ---- */

int dbt_register(void *va, size_t len, int fd, uint64_t offset, rte_iova_t iovas[],
	unsigned int n_pages, size_t page_sz);
int dbt_register_ordinary(void *va, size_t len, rte_iova_t iovas[], unsigned int n_pages,
	size_t page_sz);
int dbt_unregister(void *va, size_t len);

unsigned int dbt_count_lists(void);
/* A list that EAL made itself: hugepages or, with --no-huge, anonymous memory. */
const struct rte_memseg_list *dbt_find_internal_list(void);

/* Everything that the API says about one dma-buf list; 0 or -1. */
int dbt_check_list(void *va, size_t len, int fd, uint64_t offset, const rte_iova_t iovas[],
	size_t page_sz);

#endif /* RTE_EXEC_ENV_LINUX */

#endif /* EXTMEM_DMABUF_UTIL_H */
