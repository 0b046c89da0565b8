/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_MEMSEG_LIST_NUMBER_H
#define EAL_MEMSEG_LIST_NUMBER_H

/**
 * @file
 *
 * The number of a memseg list, for a pointer that may point anywhere.
 */

#include <stdint.h>

#include <rte_memory.h>

/* The inverse of an odd number modulo 2^64; each step doubles the number of bits that are right. */
static inline uint64_t
eal_inverse(uint64_t odd)
{
	uint64_t inverse = odd; /* 3 bits */

	inverse *= 2 - odd * inverse;
	inverse *= 2 - odd * inverse;
	inverse *= 2 - odd * inverse;
	inverse *= 2 - odd * inverse;
	inverse *= 2 - odd * inverse;
	return inverse;
}

/**
 * Which of an array of lists a pointer points to: the number of the list, or a number that is no
 * list's if it points elsewhere, be it into a list.
 *
 * Multiplied by the inverse of its odd factor and rotated by its power of two, a multiple of the
 * size becomes the quotient, and any other number becomes one that is larger than any quotient. All of
 * this but one multiplication is done by the compiler.
 */
static inline uint64_t
eal_memseg_list_number_of(const struct rte_memseg_list *lists, const void *pointer)
{
	const uint64_t size = sizeof(struct rte_memseg_list), power = size & -size;
	uint64_t product = ((uint64_t)(uintptr_t)pointer - (uintptr_t)lists) *
		eal_inverse(size / power);

	return product / power | product * (UINT64_MAX / power + 1);
}

#endif /* EAL_MEMSEG_LIST_NUMBER_H */
