/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* A program in C or C++ that uses the header; see warnings. */

#include <rte_memory.h>

int main(void)
{
	return 0;
}
