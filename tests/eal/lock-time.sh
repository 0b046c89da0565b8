#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# usage: BUILD=build/<base> STOCK=build/<base>-stock tests/eal/lock-time.sh
# Measures, in the guest, how long the memory hotplug lock is held by registering and unregistering,
# with the unmodified DPDK and with the reworked one.

set -euo pipefail

folder=$(mktemp -d /var/tmp/dmabuf-lock.XXXXXX)
trap 'rm -rf "$folder"' EXIT
cc -O2 -Wall -Wextra -shared -fPIC tests/eal/lock-time.c -D_GNU_SOURCE -o "$folder/lock-time.so" -ldl

for build in "$STOCK" "$BUILD"; do
	libraries=$PWD/$build/subprojects/${build##*/}/lib
	# shellcheck disable=SC2046 # pkg-config prints a list of arguments
	cc -Wall -Wextra -D_GNU_SOURCE -DALLOW_EXPERIMENTAL_API tests/eal/lock-use.c \
		-o "$folder/lock-use" \
		$(PKG_CONFIG_PATH=$build/meson-uninstalled pkg-config --cflags libdpdk) \
		-L"$libraries" -Wl,--as-needed -lrte_eal -lrte_telemetry -lrte_kvargs
	echo "${build##*/}:"
	tools/guest --hugepages 64 --env LD_LIBRARY_PATH="$libraries" \
		--env LD_PRELOAD="$folder/lock-time.so" -- \
		"$folder/lock-use" --no-pci -l0 --file-prefix=lock 2>/dev/null | grep -v ^EAL
done
