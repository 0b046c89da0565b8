#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# usage: tests/eal/threads.sh [<rounds>], with BASE and BUILD as tests/run sets them
# Threads that use external memory at once, with an EAL that is built with ThreadSanitizer; and that this test would
# see it if they did without a lock.

set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/lib/tap.sh
rounds=${1:-200}
tree=subprojects/$BASE
build=$BUILD/threads
# Debian's python3 has the module elftools, which DPDK's build needs; another first on PATH may not
export PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
# it sees no locks that are written in assembly
flags=(-g -O1 -fsanitize=thread -Wno-tsan -DRTE_FORCE_INTRINSICS)

if ! [ -f "$build/build.ninja" ]; then
	CC='ccache gcc' meson setup "$build" "$tree" -Dbuildtype=plain -Dplatform=generic \
		-Denable_drivers=bus/vdev '-Ddisable_apps=*' -Dtests=false -Dc_args="${flags[*]}" > /dev/null
fi
# librte_eal and the libraries that it needs; newer DPDKs have more of them
mapfile -t libraries < <(ninja -C "$build" -t targets all |
	sed -nE 's|^(lib/librte_(argparse\|eal\|kvargs\|log\|telemetry)\.a):.*|\1|p')
ninja -C "$build" "${libraries[@]}" > "$build/log" || { tail -20 "$build/log"; exit 1; }
for folder in "$tree"/lib/eal/{include,linux/include,x86/include,common,linux} "$tree"/lib/{log,kvargs,telemetry} \
	"$tree/config" "$build"; do
	flags+=(-I "$folder")
done
# Look-ups read words between fences, which it does not know, and start over if these were written meanwhile.
cat > "$build/suppressions" << 'END'
race_top:^try_to_find$
race_top:^search
race_top:^eal_memseg_index_find_range$
END
RUNTIME_DIRECTORY=$(mktemp -d -p /dev/shm)
export RUNTIME_DIRECTORY TSAN_OPTIONS=suppressions=$build/suppressions
trap 'rm -rf "$RUNTIME_DIRECTORY"' EXIT
# it has not all addresses that the kernel may choose
chosen=()
! setarch -R true 2> /dev/null || chosen=(setarch -R)

# usage: try [<source of EAL's in place of its own>]
try()
{
	gcc "${flags[@]}" -march=corei7 -D_GNU_SOURCE -DALLOW_EXPERIMENTAL_API -DALLOW_INTERNAL_API \
		-include rte_config.h -o "$build/program" tests/eal/threads.c tests/model/sources.c "$@" \
		-Wl,-z,muldefs,--whole-archive "${libraries[@]/#/$build/}" -Wl,--no-whole-archive \
		-lpthread -ldl -lnuma -lm $(pkg-config --libs libbsd 2>/dev/null || true) &&
		"${chosen[@]}" "$build/program" "$rounds"
}

said=$(try 2>&1) && s=0 || s=$?
result $s "threads that use external memory at once, $rounds rounds each: no race" "$said"

# usage: finds <file> <lock and unlock, as a regular expression>
finds()
{
	sed -E "s/^\t+$2;$/\t;/" "$tree/lib/eal/linux/$1" > "$build/$1"
	said=$(try "$build/$1" 2>&1) || true # what fails may come first
	[[ $said = *'ThreadSanitizer: data race'* ]] && ! cmp -s "$tree/lib/eal/linux/$1" "$build/$1" && s=0 || s=1
	result $s "found: $1 without a lock" "$said"
}

finds eal_dmabuf_keeper.c 'pthread_mutex_(un)?lock\(&kept_lock\)'
finds eal_dmabuf.c 'rte_mcfg_mem_write_(un)?lock\(\)'
finish
