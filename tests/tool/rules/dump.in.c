/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

void
rte_dump_physmem_layout(FILE *out)
{
	first();
	rte_memseg_walk(dump_memseg, out);
}
