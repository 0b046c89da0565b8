/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * What rte_memory.h says, put where abidiff looks for it: as types of exported variables. Compiled
 * with the headers of a DPDK whose sources are not at hand.
 */

#include <rte_memory.h>

struct rte_memseg_list *probe_memseg_list;
struct rte_memseg *probe_memseg;

#define PROBE(function) __typeof__(function) *probe_##function

PROBE(rte_dump_physmem_layout);
PROBE(rte_eal_get_physmem_size);
PROBE(rte_eal_using_phys_addrs);
PROBE(rte_extmem_attach);
PROBE(rte_extmem_detach);
PROBE(rte_extmem_register);
PROBE(rte_extmem_unregister);
PROBE(rte_mem_alloc_validator_register);
PROBE(rte_mem_alloc_validator_unregister);
PROBE(rte_mem_check_dma_mask);
PROBE(rte_mem_check_dma_mask_thread_unsafe);
PROBE(rte_mem_event_callback_register);
PROBE(rte_mem_event_callback_unregister);
PROBE(rte_mem_iova2virt);
PROBE(rte_mem_lock_page);
PROBE(rte_mem_set_dma_mask);
PROBE(rte_mem_virt2iova);
PROBE(rte_mem_virt2memseg);
PROBE(rte_mem_virt2memseg_list);
PROBE(rte_mem_virt2phy);
PROBE(rte_memory_get_nchannel);
PROBE(rte_memory_get_nrank);
PROBE(rte_memseg_contig_walk);
PROBE(rte_memseg_contig_walk_thread_unsafe);
PROBE(rte_memseg_get_fd);
PROBE(rte_memseg_get_fd_offset);
PROBE(rte_memseg_get_fd_offset_thread_unsafe);
PROBE(rte_memseg_get_fd_thread_unsafe);
PROBE(rte_memseg_list_walk);
PROBE(rte_memseg_list_walk_thread_unsafe);
PROBE(rte_memseg_walk);
PROBE(rte_memseg_walk_thread_unsafe);
