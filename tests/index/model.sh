#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# The model of the index's two copies: all interleavings of two readers and two writers, in a weak memory
# model; and that each fence and comparison is needed.

set -euo pipefail
model=$(realpath "$(dirname "$0")")/index.pml
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

number=0
# is <what> <part of what spin has to say> [<option of spin>]
check()
{
	spin ${3-} -a "$model" > spin.log
	gcc -O1 -w -DSAFETY -DCOLLAPSE -o pan pan.c
	./pan -m100000 > pan.log
	number=$((number + 1))
	# a search that ends before its time says so, as one that found what is wrong does
	if grep -q "$2" pan.log && { [ $# = 3 ] || ! grep -q 'too small\|not completed' pan.log; }; then
		echo "ok $number - $1"
	else
		sed 's/^/# /' pan.log
		echo "not ok $number - $1"
		bad=1
	fi
	grep 'states, stored' pan.log | sed 's/^ */# /'
}

wrong='assertion violated'
echo 1..8
check 'a look-up takes no version that it has not read in both words, nor properties of another' 'errors: 0'
check 'needed: the fence before a copy is written' "$wrong" -DNO_RELEASE_FENCE
check 'needed: the release of a generation' "$wrong" -DNO_RELEASE
check 'needed: the acquisition of a generation' "$wrong" -DNO_ACQUIRE
check 'needed: the fence after a copy was read' "$wrong" -DNO_ACQUIRE_FENCE
check 'needed: the comparison of generations' "$wrong" -DNO_CHECK
check 'needed: the fence before a list is marked' "$wrong" -DNO_PUBLISH_FENCE
check 'needed: the fence before a list is cleared' "$wrong" -DNO_WITHDRAW_FENCE
[ -z "${bad-}" ]
