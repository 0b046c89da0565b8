/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

int
one(struct rte_memseg_list *list, struct holder *h, struct other *o)
{
	int *where = &list->socket_id;

	list->socket_id = *where;
	use(eal_memseg_list_socket_id(list), o->socket_id);
	return eal_memseg_list_socket_id(h->msl);
}
