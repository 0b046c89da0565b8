/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef RTE_STDATOMIC_H
#define RTE_STDATOMIC_H

/**
 * @file
 *
 * What a DPDK before 23.11 lacks. A newer one has a header of this name, and does without this.
 */

#define RTE_ATOMIC(type) type
#define rte_memory_order_relaxed __ATOMIC_RELAXED
#define rte_memory_order_acquire __ATOMIC_ACQUIRE
#define rte_memory_order_release __ATOMIC_RELEASE
#define rte_atomic_load_explicit __atomic_load_n
#define rte_atomic_store_explicit __atomic_store_n

#endif /* RTE_STDATOMIC_H */
