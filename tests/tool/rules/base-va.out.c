/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

void *
one(struct rte_memseg_list *list, struct holder *h, struct other *o)
{
	void **where = &list->base_va;

	list->base_va = *where;
	use(eal_memseg_list_va(list), o->base_va);
	return eal_memseg_list_va(h->msl);
}
