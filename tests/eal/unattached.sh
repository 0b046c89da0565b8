#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# What a secondary process does that meets external memory which it has not attached, with the
# unmodified DPDK and with the reworked one.

set -euo pipefail

folder=$(mktemp -d /var/tmp/dmabuf-unattached.XXXXXX)
trap 'rm -rf "$folder"' EXIT

# usage: run <build folder>; prints what each trial came to
run()
{
	local libraries=$PWD/$1/subprojects/${1##*/}/lib program=$folder/${1##*/}
	# shellcheck disable=SC2046 # pkg-config prints a list of arguments
	cc -Wall -Wextra -DALLOW_EXPERIMENTAL_API tests/eal/unattached.c -o "$program" \
		$(PKG_CONFIG_PATH=$1/meson-uninstalled pkg-config --cflags libdpdk) \
		-L"$libraries" -Wl,--as-needed -lrte_eal -lrte_telemetry -lrte_kvargs >&2
	tools/guest --hugepages 64 --env LD_LIBRARY_PATH="$libraries" -- \
		"$program" | grep -v '^EAL'
}

run "$STOCK" > "$folder/stock"
run "$BUILD" > "$folder/ours"

count=0
crashes=0
while read -r name ours; do
	stock=$(awk -v name="$name" '$1 == name { $1 = ""; print substr($0, 2) }' "$folder/stock")
	count=$((count + 1))
	[ "$stock" = ends ] || crashes=$((crashes + 1))
	[ "$ours" = ends ] || printf 'not '
	echo "ok $count - $name: $ours; with the unmodified DPDK: $stock"
done < "$folder/ours"
count=$((count + 1))
[ $crashes -gt 0 ] || printf 'not '
echo "ok $count - $crashes of these crash with the unmodified DPDK"
echo "1..$count"
