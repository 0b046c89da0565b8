/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Where the members of struct rte_memseg_list are: in the assembler code, the size of each array says it.
 * The unmodified DPDK and the reworked one have to give the same sizes. See warnings.
 */

#include <stddef.h>

#include <rte_memory.h>

#if defined(RTE_ARCH_64) != (__SIZEOF_POINTER__ == 8)
#error DPDK is configured for other pointers
#endif

#define OFFSET(member) offsetof(struct rte_memseg_list, member)
#define SIZE(member) sizeof(((struct rte_memseg_list *)0)->member)
/* no array may be empty */
#define SHOW(member) char offset_plus_1_of_##member[OFFSET(member) + 1], size_of_##member[SIZE(member)]

char size_of_all[sizeof(struct rte_memseg_list)];
char alignment_of_all[_Alignof(struct rte_memseg_list)];
SHOW(base_va);
SHOW(addr_64);
SHOW(page_sz);
SHOW(socket_id);
SHOW(version);
SHOW(len);
SHOW(external);
SHOW(heap);
SHOW(memseg_arr);

#if REWORKED
#define SAME_PLACE(a, b) \
	_Static_assert(OFFSET(a) == OFFSET(b) && SIZE(a) == SIZE(b), #a " and " #b " differ")
SAME_PLACE(addr_64, dmabuf_offset);
SAME_PLACE(socket_id, dmabuf_fd);
SAME_PLACE(external, properties);
_Static_assert(OFFSET(base_va) == OFFSET(addr_64), "base_va and addr_64 differ");
#endif
