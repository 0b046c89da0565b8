#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# The guest: what goes in and comes out, what is in it, and what it says when it can't be had.

set -u

cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. tests/lib/tap.sh

# usage: guest <tools/guest's arguments>; leaves status, $tmp/stdout and $tmp/stderr
guest() {
	tools/guest "$@" >"$tmp/stdout" 2>"$tmp/stderr"
	status=$?
}

# usage: sentence <words>: one line on stderr, with the words in it
sentence() {
	[ "$(wc -l <"$tmp/stderr")" = 1 ] && grep -q -- "$1" "$tmp/stderr"
}

# One boot for all that can share it. Each line it prints is one finding.
head -c 1048576 /dev/urandom >"$tmp/random"
mkdir "$tmp/out"
echo before >"$tmp/file"
export GUEST_TEST_WORD="two words, a 'quote' and \$HOME"
guest --out "$tmp/out" --env GUEST_TEST_WORD --hugepages 64 -- \
	tests/guest/guest_inside.py "$tmp" "an 'argument' with \$signs"
[ $status = 37 ]
result $? "the command's exit status comes out (37)" "$(cat "$tmp/stderr")"
result "$(cmp -s "$tmp/random" "$tmp/stdout"; echo $?)" "1 MiB of random bytes comes out as it was" "$(cat "$tmp/stderr")"
[ "$(grep -c . "$tmp/stderr")" -ge 10 ]
result $? "stderr comes out apart from stdout" "$(cat "$tmp/stderr")"
for finding in \
	"working directory" "argument" "environment" "udmabuf" "dma heap" "hugepage" "loopback" \
	"shared memory" "modules" "NICs behind the vIOMMU" "NICs without IOMMU"; do
	grep -qx "$finding: good" "$tmp/stderr"
	result $? "inside: $finding" "$(cat "$tmp/stderr")"
done
[ "$(cat "$tmp/file")" = before ] && [ ! -e "$tmp/new" ]
result $? "what it writes does not reach the host's files" "$(cat "$tmp/stderr")"
cmp -s "$tmp/random" "$tmp/out/copy"
result $? "what it writes under --out does" "$(cat "$tmp/stderr")"

guest --cpus 2 -- sh -c '[ "$(nproc)" = 2 ]'
[ $status = 0 ] && [ ! -s "$tmp/stdout" ] && [ ! -s "$tmp/stderr" ]
result $? "two CPUs if it is asked to, exit status 0, and no word of its own" "$(cat "$tmp/stderr")"

guest --timeout 2 -- true
[ $status = 124 ] && sentence "ended after 2 s"
result $? "--timeout ends it with status 124 and a sentence" "$(cat "$tmp/stderr")"

DMABUF_GUEST="--hugepages -1" guest -- true
[ $status = 125 ] && sentence "a number of pages"
result $? "options come from DMABUF_GUEST, too" "$(cat "$tmp/stderr")"

DMABUF_QEMU=$tmp/no-qemu guest -- true
[ $status = 125 ] && sentence "apt install qemu-system-x86"
result $? "without QEMU: status 125 and a sentence" "$(cat "$tmp/stderr")"

# An empty cache, and an apt that has no sources.
cat >"$tmp/apt.conf" <<END
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$tmp/out";
END
APT_CONFIG=$tmp/apt.conf DMABUF_CACHE=$tmp/cache guest -- true
[ $status = 125 ] && sentence "no kernel .* can be had"
result $? "without a kernel: status 125 and a sentence" "$(cat "$tmp/stderr")"

guest --bar 8 -- true
[ $status = 125 ] && sentence "size such as 8M"
result $? "--bar without a unit: status 125 and a sentence" "$(cat "$tmp/stderr")"

guest --hugepages 4000 -- true
[ $status = 125 ] && sentence "needs at least -m"
result $? "more hugepages than memory: status 125 and a sentence" "$(cat "$tmp/stderr")"
finish
