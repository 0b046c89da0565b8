// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// /eal/memseg_info tells of the list of the memseg, too. DPDK has the command since 23.07.

@@
expression D, I, F;
@@
 handle_eal_memseg_info_request(...)
 {
 ... when any
 rte_tel_data_add_dict_int(D, "Memseg_list_index", I);
 ... when any
 rte_tel_data_add_dict_int(D, "flags", F);
+rte_mcfg_mem_read_lock();
+eal_memseg_list_tel_properties(D, I);
+rte_mcfg_mem_read_unlock();
 ...
 }
