/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

int
one(struct rte_memseg_list *list, struct holder *h, struct other *o)
{
	int *where = &list->socket_id;

	list->socket_id = *where;
	use(list->socket_id, o->socket_id);
	return h->msl->socket_id;
}
