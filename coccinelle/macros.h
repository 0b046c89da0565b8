/* DPDK macros that Coccinelle can't parse without a definition. */
#define RTE_ATOMIC(type) type
#define RTE_STD_C11
#define __rte_packed
#define __rte_packed_begin
#define __rte_packed_end
