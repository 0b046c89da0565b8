#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# usage: tests/index/index.sh [<seconds> [aarch64]], with BASE and BUILD as tests/run sets them
# The index of memseg lists while it changes; and that this test would see it if look-ups did not start
# over. make stress runs it for ten minutes. For aarch64, it is compiled for that and emulated.

set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-3}
target=${2:-$(uname -m)}
tree=subprojects/$BASE
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Make the program, from the sources as they are or from those in a folder before them.
make_program()
{
	local includes=()
	for folder in "$@" "$tree/lib/eal/$arch/include" "$tree"/lib/eal/{common,include,linux/include} \
		"$tree"/lib/{log,ring,kvargs,telemetry,mempool} \
		"$tree/config" "${configuration[@]}"; do
		includes+=(-I "$folder")
	done
	"${compiler[@]}" -O2 -g -Wall -D_GNU_SOURCE -DALLOW_EXPERIMENTAL_API -DALLOW_INTERNAL_API \
		-include rte_config.h "${includes[@]}" -o "$tmp/index" tests/index/index.c \
		-lpthread
}

case $target in
x86_64) arch=x86 ;;
aarch64) arch=arm ;;
*) arch=$target ;;
esac
compiler=(gcc -march=native)
configuration=("$BUILD/subprojects/$BASE" "$BUILD")
emulator=()
if [ "$target" != "$(uname -m)" ]; then
	compiler=("$target-linux-gnu-gcc" -static)
	configuration=("$tmp/build")
	emulator=("qemu-$target")
	# Debian's python3 has the module elftools; another first on PATH may not
	PATH=/usr/bin:/bin:$PATH meson setup "$tmp/build" "$tree" --cross-file "$tree/config/arm/arm64_armv8_linux_gcc" \
		'-Ddisable_drivers=*/*' '-Ddisable_apps=*' -Dtests=false >&2
fi

echo 1..4
make_program
"${emulator[@]}" "$tmp/index" "$seconds" | grep -v '^1\.\.'

# without the one comparison that makes a look-up start over
mkdir "$tmp/mutant"
sed 's/rte_memory_order_relaxed) == generation)/rte_memory_order_relaxed) != UINTPTR_MAX)/' \
	"$tree/lib/eal/common/eal_memseg_index.c" > "$tmp/mutant/eal_memseg_index.c"
if cmp -s "$tree/lib/eal/common/eal_memseg_index.c" "$tmp/mutant/eal_memseg_index.c"; then
	echo 'not ok 3 - the comparison is where this test expects it'
	exit 1
fi
make_program "$tmp/mutant"
said=$("${emulator[@]}" "$tmp/index" 60 || true)
for number in 1 2; do
	if grep -q "^not ok $number " <<< "$said"; then
		echo "ok $((number + 2)) - without starting over, test $number would fail"
	else
		echo "not ok $((number + 2)) - without starting over, test $number would pass"
		bad=1
	fi
done
[ -z "${bad-}" ]
