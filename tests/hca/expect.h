/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EXPECT_H
#define EXPECT_H

#include <stdbool.h>

/* Says what is wrong; false. */
bool wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define EXPECT(condition, ...) do { \
	if (!(condition)) \
		return wrong(__VA_ARGS__); \
} while (0)

#endif /* EXPECT_H */
