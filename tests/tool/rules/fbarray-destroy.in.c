/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

int
rte_fbarray_destroy(struct rte_fbarray *arr)
{
	if (eal_file_lock(file, EAL_FLOCK_EXCLUSIVE, EAL_FLOCK_RETURN)) {
		rte_errno = EBUSY;
		return -1;
	}
	return 0;
}
