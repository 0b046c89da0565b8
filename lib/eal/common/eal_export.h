/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EAL_EXPORT_H
#define EAL_EXPORT_H

/**
 * @file
 *
 * What a DPDK before 25.07 lacks, which takes exported symbols from version.map. A newer one has a
 * file of this name, and keeps it.
 */

#define RTE_EXPORT_EXPERIMENTAL_SYMBOL(symbol, version)
#define RTE_EXPORT_INTERNAL_SYMBOL(symbol)

#endif /* EAL_EXPORT_H */
