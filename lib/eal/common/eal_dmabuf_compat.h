/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_DMABUF_COMPAT_H
#define EAL_DMABUF_COMPAT_H

/**
 * @file
 *
 * What older DPDK versions lack; nothing else may be here.
 */

#include <rte_log.h>

#include "eal_private.h"

#if __has_include(<eal_export.h>)
#include <eal_export.h>
#else /* before 25.07, a version.map does it */
#define RTE_EXPORT_EXPERIMENTAL_SYMBOL(symbol, version)
#define RTE_EXPORT_INTERNAL_SYMBOL(symbol)
#endif

#ifndef EAL_LOG /* before 24.03 */
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\n", ## __VA_ARGS__)
#endif

#if __has_include(<rte_stdatomic.h>)
#include <rte_stdatomic.h>
#else /* before 23.11 */
#define RTE_ATOMIC(type) type
#define rte_memory_order_relaxed __ATOMIC_RELAXED
#define rte_memory_order_acquire __ATOMIC_ACQUIRE
#define rte_memory_order_release __ATOMIC_RELEASE
#define rte_atomic_load_explicit __atomic_load_n
#define rte_atomic_store_explicit __atomic_store_n
#endif

#endif /* EAL_DMABUF_COMPAT_H */
