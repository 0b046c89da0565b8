#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# Run the test of a device's memory in the guest, if a kernel that exports it can be had.

set -eu

cd "$(dirname "$0")/../.."
said=$(tools/guest.d/kernel 6.19 2>&1 >/dev/null) || {
	echo "1..0 # SKIP $(echo "$said" | tail -n 1)"
	exit 0
}
# the demo looks at the device's memory in a temporary file, this test in one that stays
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# shellcheck disable=SC2016 # the variables are those of the guest
tools/guest --bar 8M --out "$out" -- \
	sh -c 'exec "$0" "$DMABUF_BAR" "$DMABUF_BAR_FILE" $DMABUF_NICS_IOMMU' "$BUILD/tests/p2p/p2p"
