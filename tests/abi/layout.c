/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* Print where the members are that programs built for any DPDK know. */

#include <stddef.h>
#include <stdio.h>

#include <rte_memory.h>

#define LIST struct rte_memseg_list
#define MEMBER(name) printf("%-12s offset %3zu size %3zu\n", #name, \
	offsetof(LIST, name), sizeof(((LIST *)NULL)->name))

int
main(void)
{
	MEMBER(base_va);
	MEMBER(addr_64);
	MEMBER(page_sz);
	MEMBER(socket_id);
	MEMBER(version);
	MEMBER(len);
	MEMBER(external);
	MEMBER(heap);
	MEMBER(memseg_arr);
	printf("%-23s size %3zu\n", "all", sizeof(LIST));
	return 0;
}
