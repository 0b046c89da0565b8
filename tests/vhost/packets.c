/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <string.h>

#include "demo.h"
#include "vhost.h"

void
frame_check(const uint8_t *bytes, uint32_t len, uint64_t first, uint64_t n, uint8_t *seen,
		struct count *count)
{
	uint8_t want[FRAME_MAX];
	uint64_t seq;

	count->packets++;
	count->bytes += len;
	if (len > FRAME_MAX || !frame_seq(bytes, len, &seq) || seq - first >= n ||
			seen[seq - first] || frame_build(want, SEED, seq) != len ||
			memcmp(bytes, want, len) != 0)
		count->mismatches++;
	else
		seen[seq - first] = 1;
}
