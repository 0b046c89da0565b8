/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_FBARRAY_FILE_H
#define EAL_FBARRAY_FILE_H

/**
 * @file
 *
 * The files of fbarrays.
 */

struct rte_fbarray;

/**
 * Remove the file of an fbarray that no other process has mapped.
 *
 * The first half of rte_fbarray_destroy(), and the half that does not take more time the longer the
 * array is; the second is rte_fbarray_detach(). Nobody can attach the array any more.
 *
 * @return
 *   0, or -1 with rte_errno set: EBUSY if another process has it mapped, ENOENT if this one has not.
 */
int
eal_fbarray_remove_file(const struct rte_fbarray *arr);

#endif /* EAL_FBARRAY_FILE_H */
