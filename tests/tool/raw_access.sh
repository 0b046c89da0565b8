#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# The reworked tree has no raw read of a memseg list, and tools/raw-access finds those planted.

set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/lib/tap.sh
tree=$(realpath "subprojects/${BASE:?set it to a folder under subprojects/}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

plants='lib/eal/windows/eal_memory.c lib/mempool/rte_mempool.c drivers/common/mlx5/mlx5_malloc.c
	lib/eal/common/malloc_heap.c lib/eal/common/eal_memcfg.h lib/eal/common/eal_common_memzone.c
	lib/eal/common/malloc_mp.c lib/eal/linux/eal_vfio.c app/test/test_memzone.c lib/eal/linux/eal_memory.c
	lib/eal/freebsd/eal_memory.c'

tools/raw-access "$tree" > "$work/out" && status=0 || status=$?
result "$status" "$(tail -n 1 "$work/out")" "$(cat "$work/out")"

# a tree of links, so that planting changes no file of the base
mkdir "$work/tree"
cp -rs "$tree/." "$work/tree"
plant()
{
	rm "$work/tree/$1"
	{ cat "$tree/$1"; echo "$2"; } > "$work/tree/$1"
}
plant lib/eal/windows/eal_memory.c \
	'void *planted(struct rte_mem_config *mcfg) { return mcfg->memsegs[1].base_va; }'
plant lib/mempool/rte_mempool.c \
	'int planted(const void *p) { return rte_mem_virt2memseg_list(p)->socket_id; }'
plant drivers/common/mlx5/mlx5_malloc.c \
	'uint64_t planted(struct rte_memseg_list *list) { return list->addr_64 + 1; }'
plant lib/eal/common/malloc_heap.c \
	'int planted(struct malloc_heap *heap) { return heap->first->msl->socket_id; }'
plant lib/eal/common/eal_memcfg.h \
	'#define PLANTED(list) ((list)->base_va)'
# what Coccinelle can't parse: an unknown macro in the head or the body of a function
plant lib/eal/common/eal_common_memzone.c \
	'int planted(struct rte_memseg_list *list) UNKNOWN(1) { return list->socket_id; }'
plant lib/eal/common/malloc_mp.c \
	'uint64_t planted(struct rte_memseg_list *list) { UNKNOWN(a b) c d return list->addr_64; }'
# a member's name as an argument, and a member's address
plant lib/eal/linux/eal_vfio.c '#define PLANTED(p, m) ((p)->m)
void *planted(struct rte_memseg_list *list) { return PLANTED(list, base_va); }'
plant lib/eal/linux/eal_memory.c '#define INNER(p, m) ((p)->m)
#define PLANTED(p, m) INNER(p, m)
int planted(struct rte_memseg_list *list) { return PLANTED(f(g(list)), socket_id); }'
# the half that Coccinelle drops of an #if that splits a statement
plant lib/eal/freebsd/eal_memory.c 'int planted(struct rte_memseg_list *list)
{
#ifdef ONE
	if (one) {
#else
	if (list->socket_id == 2) {
#endif
		return 1;
	} return 0; }'
plant app/test/test_memzone.c 'int *planted(struct rte_memseg_list *list) { return &list->socket_id; }'
tools/raw-access "$work/tree" > "$work/out" && status=0 || status=$?
result $((status != 1)) 'fails on planted reads' "exit status $status"
for path in $plants; do
	line=$(wc -l < "$work/tree/$path")
	[ "$path" != lib/eal/freebsd/eal_memory.c ] || line=$((line - 3))
	grep -q "^$path:$line: " "$work/out" && status=0 || status=1
	result "$status" "finds a read planted in $path"
done
finish
