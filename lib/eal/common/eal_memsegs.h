/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_MEMSEGS_H
#define EAL_MEMSEGS_H

/**
 * @file
 *
 * The memsegs of external memory, made all at once. There may be millions, so nothing is done for
 * each but to write it, and the page faults of the memory that holds them are kept few.
 */

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_bitops.h>
#include <rte_common.h>
#include <rte_fbarray.h>
#include <rte_memory.h>

/** Memory whose memsegs are wanted. */
struct eal_memsegs {
	void *va;
	const rte_iova_t *iovas; /**< One for each page, or NULL. */
	unsigned int n;          /**< Number of pages. */
	size_t page_sz;
	int socket_id;
};

/** The most memsegs that an fbarray holds: it counts their bytes in an unsigned int. */
#define EAL_MEMSEGS_MAX (UINT_MAX / sizeof(struct rte_memseg))

/**
 * rte_fbarray_init() of an array that starts out with memsegs in all of its elements.
 *
 * @return
 *   0, or -1 with rte_errno set: to E2BIG for more memsegs than an array holds, and to ENOSPC where
 *   the file system of the array's file is full.
 */
int
eal_fbarray_init_memsegs(struct rte_fbarray *arr, const char *name,
		const struct eal_memsegs *memsegs);

/** The part of rte_fbarray_init() that aligns an array: of memsegs, or of whatever for NULL. */
size_t
eal_fbarray_align(const struct eal_memsegs *memsegs, size_t len, size_t page_sz);

/**
 * The part of rte_fbarray_init() that writes memsegs, and that they are used, to an array's memory.
 *
 * @param fd
 *   The file of which this is a shared mapping, or -1.
 * @return
 *   0, or -1 with rte_errno set.
 */
int
eal_fbarray_write_memsegs(const struct eal_memsegs *memsegs, void *data, int fd);

/** Write n memsegs, of the pages from one on. */
static inline void
eal_memsegs_write(struct rte_memseg *to, const struct eal_memsegs *memsegs, unsigned int page,
		unsigned int n)
{
	const uint32_t nchannel = rte_memory_get_nchannel(), nrank = rte_memory_get_nrank();
	const rte_iova_t *iovas = memsegs->iovas == NULL ? NULL : memsegs->iovas + page;
	const size_t page_sz = memsegs->page_sz;
	char *va = RTE_PTR_ADD(memsegs->va, page * page_sz);
	unsigned int i;

	/* every member, one by one: compilers copy a struct by way of the stack, which takes longer */
	for (i = 0; i < n; i++) {
		to[i].addr = va + i * page_sz;
		to[i].iova = iovas == NULL ? RTE_BAD_IOVA : iovas[i];
		to[i].len = page_sz;
		to[i].hugepage_sz = page_sz;
		to[i].socket_id = memsegs->socket_id;
		to[i].nchannel = nchannel;
		to[i].nrank = nrank;
		to[i].flags = 0;
	}
}

/** Write the bits of n elements that are used. */
static inline void
eal_memsegs_write_used(uint64_t *used, unsigned int n)
{
	memset(used, UINT8_MAX, n / 64 * sizeof(*used));
	if (n % 64 != 0)
		used[n / 64] = RTE_BIT64(n % 64) - 1;
}

/** The size of these bits: whole words. */
static inline size_t
eal_memsegs_size_of_used(unsigned int n)
{
	return RTE_ALIGN_CEIL((size_t)n, 64) / CHAR_BIT;
}

#ifdef RTE_EXEC_ENV_LINUX

/**
 * Write memsegs, and that they are used, to memory that nobody has touched, or by way of its file.
 *
 * @param fd
 *   The file of which the memory is a shared mapping, or -1.
 * @param used
 *   Where in the memory the bits are that tell which elements are used.
 * @return
 *   0, or -1 with rte_errno set and the file emptied.
 */
int
eal_memsegs_write_fresh(const struct eal_memsegs *memsegs, void *data, int fd, size_t used);

#else

static inline int
eal_memsegs_write_fresh(const struct eal_memsegs *memsegs, void *data, int fd, size_t used)
{
	(void)fd;
	eal_memsegs_write(data, memsegs, 0, memsegs->n);
	eal_memsegs_write_used(RTE_PTR_ADD(data, used), memsegs->n);
	return 0;
}

#endif

#endif /* EAL_MEMSEGS_H */
