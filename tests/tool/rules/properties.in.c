/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

int
one(struct rte_memseg_list *list, struct holder *h, struct other *o)
{
	list->external = 1;
	if (list->external)
		return o->external;
	if (!list->external && list->external > 0)
		return 1;
	return h->msl->external;
}
