#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# usage: tests/model/fuzz.sh <folder under subprojects/> [<argument of libFuzzer>...]
# Sequences of calls beside the model that libFuzzer makes, of those that reached something new, with EAL
# built for it and with AddressSanitizer and UndefinedBehaviorSanitizer. Goes on until something differs, or
# -max_total_time=<seconds>. It starts with those of tests/model/corpus, which tests run; what else was reached is in
# build/<folder>-fuzz/corpus.

set -euo pipefail
cd "$(dirname "$0")/../.."
base=$1
shift
build=build/$base-fuzz
# Debian's python3 has the module elftools, which DPDK's build needs
export PATH=/usr/bin:/bin:/usr/sbin:/sbin CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
sanitize=-fsanitize=address,undefined

if ! [ -f "$build/build.ninja" ]; then
	CC='ccache clang' meson setup "$build" "subprojects/$base" -Dbuildtype=debugoptimized \
		-Dplatform=generic -Denable_drivers=bus/vdev '-Ddisable_apps=*' \
		-Dc_args="$sanitize,fuzzer-no-link -fno-sanitize-recover=undefined" > /dev/null
fi
# librte_eal and the libraries that it needs; newer DPDKs have more of them
mapfile -t libraries < <(ninja -C "$build" -t targets all |
	sed -nE 's|^(lib/librte_(argparse\|eal\|kvargs\|log\|telemetry)\.a):.*|\1|p')
ninja -C "$build" "${libraries[@]}" | tail -1

rm -rf "$build/seeds"
mkdir -p "$build/corpus" "$build/seeds"
python3 - tests/model/corpus "$build/seeds" << 'END'
import sys
from pathlib import Path

for number, line in enumerate(Path(sys.argv[1]).read_text().split()):
    Path(sys.argv[2], str(number)).write_bytes(bytes.fromhex(line))
END
includes=()
for folder in "subprojects/$base"/lib/eal/{include,linux/include,x86/include,common} \
	"subprojects/$base"/lib/{log,kvargs,telemetry} "subprojects/$base/config" "$build"; do
	includes+=(-I "$folder")
done
clang -g -O1 "$sanitize,fuzzer" -DFUZZ -D_GNU_SOURCE -DALLOW_EXPERIMENTAL_API -DALLOW_INTERNAL_API \
	-include rte_config.h "${includes[@]}" -march=corei7 -o "$build/fuzz" tests/model/{sequences,model,nic,sources,state}.c \
	-Wl,--whole-archive "${libraries[@]/#/$build/}" -Wl,--no-whole-archive \
	-lpthread -ldl -lnuma -lm $(pkg-config --libs libbsd 2>/dev/null || true)

RUNTIME_DIRECTORY=$(mktemp -d -p /dev/shm)
export RUNTIME_DIRECTORY
trap 'rm -rf "$RUNTIME_DIRECTORY"' EXIT
"$build/fuzz" -max_len=200 -print_final_stats=1 "$@" "$build/corpus" "$build/seeds"
