#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# The demo finds nothing wrong, and finds it when there is something wrong.

set -u

. tests/lib/tap.sh

output=$(tools/demo "$BASE")
result $? "the demo passes"
echo "$output" >&2
summary=$(tail -n 1 <<< "$output")
packets=${summary%% packets*}
[ "${packets//[^0-9]/}" -ge 100000 ]
result $? "it moves 100,000 packets or more"
[[ $summary == *" packets, 0 mismatches" ]]
result $? "it finds no mismatch"
if tools/guest.d/kernel 6.19 > /dev/null; then
	[ "$(grep -c '^vfio_pci_core .* BAR ' <<< "$output")" = 4 ]
	result $? "it moves packets in the memory of a device"
else
	result 0 "it moves packets in the memory of a device # SKIP no kernel 6.19 can be had"
fi

output=$(tools/demo "$BASE" --corrupt --packets 6000)
[ $? = 1 ]
result $? "the demo fails when a byte is flipped"
echo "$output" >&2
[[ $(tail -n 1 <<< "$output") == *" packets, 1 mismatches"* ]]
result $? "it finds that byte"
finish
