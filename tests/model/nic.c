/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifdef FUZZ /* built with EAL alone */

#include "nic.h"

const char *
nic_install(bool real)
{
	(void)real;
	return "--no-pci";
}

void
nic_remove(void)
{
}

struct rte_device *
nic(void)
{
	return NULL;
}

unsigned int
nic_mrs(struct nic_mr *mrs, unsigned int max)
{
	(void)mrs;
	(void)max;
	return 0;
}

unsigned int
nic_cached(struct nic_mr *mrs, unsigned int max)
{
	return nic_mrs(mrs, max);
}

unsigned int
nic_registered(struct nic_mr *last)
{
	*last = (struct nic_mr){ 0 };
	return 0;
}

#else

#include <stdio.h>

#include <mlx5_common.h>
#include <mlx5_common_mr.h>

#include "../hca/devices.h"
#include "nic.h"

const char *
nic_install(bool real)
{
	static char option[32];

	devices_install();
	model_set_mapping(real);
	snprintf(option, sizeof(option), "-a%s", model_pci_address(0));
	return option;
}

void
nic_remove(void)
{
	model_remove();
}

struct rte_device *
nic(void)
{
	return devices[0] != NULL ? devices[0]->dev : NULL;
}

unsigned int
nic_mrs(struct nic_mr *mrs, unsigned int max)
{
	const struct mlx5_mr *mr;
	unsigned int n = 0;

	LIST_FOREACH(mr, &devices[0]->mr_scache.mr_list, mr) {
		if (n < max)
			mrs[n] = (struct nic_mr){ .va = (uintptr_t)mr->pmd_mr.addr, .len = mr->pmd_mr.len };
		n++;
	}
	return n;
}

unsigned int
nic_cached(struct nic_mr *mrs, unsigned int max)
{
	const struct mlx5_mr_btree *cache = &devices[0]->mr_scache.cache;
	unsigned int i;

	/* the first one is no memory region's */
	for (i = 1; i < cache->len && i <= max; i++) {
		const struct mr_cache_entry *entry = &(*cache->table)[i];

		mrs[i - 1] = (struct nic_mr){ .va = entry->start, .len = entry->end - entry->start };
	}
	return cache->len - 1;
}

unsigned int
nic_registered(struct nic_mr *last)
{
	*last = (struct nic_mr){ .va = model_calls.iova, .len = model_calls.len, .offset = model_calls.offset,
		.fd = model_calls.fd };
	return model_calls.live;
}

#endif
