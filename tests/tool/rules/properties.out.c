/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

int
one(struct rte_memseg_list *list, struct holder *h, struct other *o)
{
	list->properties = RTE_MEMSEG_LIST_EXTERNAL;
	if (list->properties & RTE_MEMSEG_LIST_EXTERNAL)
		return o->external;
	if (!(list->properties & RTE_MEMSEG_LIST_EXTERNAL) &&
			list->properties & RTE_MEMSEG_LIST_EXTERNAL)
		return 1;
	return (h->msl->properties & RTE_MEMSEG_LIST_EXTERNAL);
}
