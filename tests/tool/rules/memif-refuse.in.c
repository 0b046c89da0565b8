/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

static int
memif_region_init_zc(const struct rte_memseg_list *list, const struct rte_memseg *seg, void *arg)
{
	struct owner *owner = arg;
	int ret;

	if (owner->regions_num < 1)
		return -1;
	ret = take(owner, list, seg);
	return ret;
}
