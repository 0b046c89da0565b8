#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# What the compiler says of rte_memseg_list.external, the former name of properties.

set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/lib/tap.sh
tree=subprojects/${BASE:?"set it to a folder under subprojects/"}
build=$(realpath "${BUILD:?"set it to the folder where BASE is built"}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/old.c" <<'C'
#include <stddef.h>
#include <rte_memory.h>
_Static_assert(offsetof(struct rte_memseg_list, external) ==
	offsetof(struct rte_memseg_list, properties) &&
	sizeof(((struct rte_memseg_list *)0)->external) == sizeof(uint32_t), "the same bits");
int old(const struct rte_memseg_list *msl) { return msl->external != 0; }
C
cat > "$work/new.c" <<'C'
#include <stddef.h>
#include <rte_memory.h>
#ifndef RTE_HAS_EXTMEM_DMABUF
#error no feature-test macro
#endif
_Static_assert(sizeof(struct rte_memseg_list) == 136, "size");
_Static_assert(offsetof(struct rte_memseg_list, base_va) ==
	offsetof(struct rte_memseg_list, dmabuf_offset), "offset");
_Static_assert(offsetof(struct rte_memseg_list, socket_id) ==
	offsetof(struct rte_memseg_list, dmabuf_fd), "fd");
_Static_assert(offsetof(struct rte_memseg_list, properties) == 32, "properties");
int new(const struct rte_memseg_list *msl) { return msl->properties & RTE_MEMSEG_LIST_EXTERNAL; }
C
case $(uname -m) in
aarch64) arch=arm ;;
*) arch=x86 ;;
esac
includes=("-I$build/subprojects/$BASE" "-I$tree/config" "-I$tree/lib/eal/include"
	"-I$tree/lib/eal/linux/include" "-I$tree/lib/eal/$arch/include" "-I$tree/lib/log")
# DPDK's headers need the instructions that DPDK is compiled for
march=$(grep -o -m 1 -e '-march=[^ "]*' "$build/compile_commands.json" | head -n 1)
compile()
{
	cc -Wall -Wextra -include rte_config.h "$march" "${includes[@]}" -c "$@" 2> "$work/err"
}

compile -o "$work/old.o" "$work/old.c" && s=0 || s=1
result $s 'a program that says external compiles, and reads properties' "$(cat "$work/err")"
grep -q 'external.*deprecated.*properties' "$work/err" && s=0 || s=1
result $s 'and is warned, by the name of properties' "$(cat "$work/err")"
compile -Werror -o "$work/new.o" "$work/new.c" && s=0 || s=1
result $s 'a program that says properties compiles without a warning, and no member moved' "$(cat "$work/err")"
compile -Werror -x c++ -std=c++11 -o "$work/plus.o" - <<'C' && s=0 || s=1
#include <rte_memory.h>
bool plus(const struct rte_memseg_list *msl) { return msl->properties & RTE_MEMSEG_LIST_DMABUF; }
C
result $s 'so does one in C++' "$(cat "$work/err")"
finish
