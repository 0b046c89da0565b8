/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

void *
one(struct rte_memseg_list *list, struct holder *h, struct other *o)
{
	void **where = &list->base_va;

	list->base_va = *where;
	use(list->base_va, o->base_va);
	return h->msl->base_va;
}
