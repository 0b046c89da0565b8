/* DPDK macros that Coccinelle can't parse without a definition. */
#define RTE_ATOMIC(type) type
#define RTE_STD_C11
#define __rte_packed
#define __rte_packed_begin
#define __rte_packed_end
#define __rte_cache_aligned
#define __rte_aligned(n)
#define LIST_ENTRY(type) int
#define LIST_HEAD(name, type) int
#define TAILQ_ENTRY(type) int
#define TAILQ_HEAD(name, type) int
