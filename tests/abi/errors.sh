#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# What tests/abi/compare.py says when it can't compare: a sentence and a non-zero status, never a pass.

set -u
cd "$(dirname "$0")/../.."
work=$BUILD/abi/errors
if [ ! -d "$BUILD/abi/reworked" ]; then
	echo 'Bail out! nothing to compare: run the test abi-compare first'
	exit 1
fi
# a reference that can't be built; tools/build takes only what is in subprojects/
broken=abi-errors-stock
trap 'rm -rf "subprojects/$broken" "build/$broken"' EXIT
mkdir -p "subprojects/$broken"
echo 'what is this' > "subprojects/$broken/meson.build"
rm -rf "$work"
mkdir -p "$work/bin" "$work/nothing"
count=0

# usage: fails <what was tested> <words in the output> <command>...
fails()
{
	local what=$1 words=$2 output
	shift 2
	count=$((count + 1))
	if output=$("$@" 2>&1) || [[ $output != *$words* ]]; then
		echo "not ok $count - $what"
		sed 's/^/# /' <<< "$output"
	else
		echo "ok $count - $what"
	fi
}

# a copy of what abi-compare installed, with one library changed
for folder in reference reworked; do
	mkdir "$work/$folder"
	find "$BUILD/abi/$folder" -name 'librte_[er]*.so.*' -type f -exec cp -t "$work/$folder" {} +
	cp -rl "$(find "$BUILD/abi/$folder" -type d -name include)" "$work/$folder/include"
done
library=$(find "$work/reworked" -name 'librte_ring.so.*')
ln -s "$(command -v python3)" "$work/bin"

echo 1..11
fails 'no abidiff' 'Bail out! abidiff is missing: install the package abigail-tools' \
	env PATH="$work/bin" python3 tests/abi/compare.py "$work/reference" "$work/reworked"
fails 'a reference that does not build' 'failed as shown above' tools/build "$broken"
fails 'nothing to compare with' 'has no library to compare with' \
	tests/abi/compare.py "$work/nothing" "$work/reworked"
cp "$library" "$work/kept"
strip --strip-debug "$library"
fails 'a library without debug information' "${library##*/} has none" \
	tests/abi/compare.py "$work/reference" "$work/reworked"
echo 'no library' > "$library"
fails 'a file that is no library' "not ok 3" \
	tests/abi/compare.py "$work/reference" "$work/reworked"
rm "$library"
fails 'a library that is missing' "missing: ${library##*/}" \
	tests/abi/compare.py "$work/reference" "$work/reworked"
cp "$work/kept" "$library"
echo 'no library' > "$(find "$work/reference" -name 'librte_ring.so.*')"
fails 'a reference that is no library' 'not ok 2' \
	tests/abi/compare.py "$work/reference" "$work/reworked"
silent='import pathlib, sys
sys.path.insert(0, "tests/abi")
import gate
gate.run = lambda *_, **__: (int(sys.argv[1]), "")
sys.exit(gate.unexpected(pathlib.Path("librte_ring.so.1"), pathlib.Path("librte_ring.so.1")))'
for status in 4 8 12 16; do
	fails "abidiff that ends with $status and says nothing" "ended with status $status" \
		python3 -c "$silent" "$status"
done
