#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# In the guest: make a soft RoCE device, which has no dma-buf registration, and run the program given
# on it.

set -eu

fail()
{
	echo "1..1"
	echo "not ok 1 - rxe: $*"
	exit 1
}

# no program in the guest loads for the kernel what rdma_rxe asks for: crc32
for module in dummy ib_uverbs crc32_generic rdma_rxe; do
	busybox modprobe "$module" || fail "the guest's kernel has no module $module"
done
busybox ip addr add 192.0.2.1/24 dev dummy0
busybox ip link set dummy0 up
rdma link add rxe0 type rxe netdev dummy0 || fail "no soft RoCE device"

exec "$@"
