/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/**
 * @file
 *
 * For eal_common_fbarray.c alone, which includes it at its end: what is mapped, and by which
 * descriptor, is private there.
 */

#include "eal_fbarray_file.h"

int
eal_fbarray_remove_file(const struct rte_fbarray *arr)
{
	struct mem_area *area;
	char path[PATH_MAX];
	int ret = -1;

	rte_spinlock_lock(&mem_area_lock);
	TAILQ_FOREACH(area, &mem_area_tailq, next) {
		if (area->addr == arr->data)
			break;
	}
	if (area == NULL) {
		rte_errno = ENOENT;
	} else if (area->fd < 0) { /* without shared configuration there are no files */
		ret = 0;
	} else if (eal_file_lock(area->fd, EAL_FLOCK_EXCLUSIVE, EAL_FLOCK_RETURN) < 0) {
		/* flock(2): a lock that can't be converted is lost */
		eal_file_lock(area->fd, EAL_FLOCK_SHARED, EAL_FLOCK_RETURN);
		rte_errno = EBUSY;
	} else {
		eal_get_fbarray_path(path, sizeof(path), arr->name);
		unlink(path);
		ret = 0;
	}
	rte_spinlock_unlock(&mem_area_lock);
	return ret;
}
