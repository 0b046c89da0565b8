/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * To compare with: what a descriptor and an offset cost that are in a table beside the memseg lists.
 * A library of its own, so that the calls are as far as those into EAL.
 */

#include <stddef.h>

#include <rte_config.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "bench.h"

struct entry {
	int fd;
	uint64_t offset;
};

static const struct rte_memseg_list *first;
static struct entry table[RTE_MAX_MEMSEG_LISTS];

void
side_table_init(const struct rte_memseg_list *lists)
{
	unsigned int i;

	first = lists;
	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++)
		table[i].fd = -1;
}

static struct entry *
find(const struct rte_memseg_list *msl)
{
	ptrdiff_t list;

	if (msl == NULL)
		return NULL;
	list = msl - first;
	return list < 0 || list >= RTE_MAX_MEMSEG_LISTS ? NULL : &table[list];
}

void
side_table_set(const struct rte_memseg_list *msl, int fd, uint64_t offset)
{
	*find(msl) = (struct entry){ .fd = fd, .offset = offset };
}

int
side_table_get_fd(const struct rte_memseg_list *msl)
{
	const struct entry *entry = find(msl);

	if (entry == NULL) {
		rte_errno = EINVAL;
		return -1;
	}
	if (entry->fd < 0) {
		rte_errno = ENOTSUP;
		return -1;
	}
	return entry->fd;
}

int
side_table_get_offset(const struct rte_memseg_list *msl, uint64_t *offset)
{
	const struct entry *entry = find(msl);

	if (entry == NULL || offset == NULL) {
		rte_errno = EINVAL;
		return -1;
	}
	if (entry->fd < 0) {
		rte_errno = ENOTSUP;
		return -1;
	}
	*offset = entry->offset;
	return 0;
}
