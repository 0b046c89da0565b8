#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# Each call of the reworked tree that gives memory to a device by its address was looked at, and
# tools/device-memory finds those planted.

set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/lib/tap.sh
tree=$(realpath "subprojects/${BASE:?set it to a folder under subprojects/}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tools/device-memory "$tree" > "$work/out" && status=0 || status=$?
result "$status" "$(tail -n 1 "$work/out")" "$(cat "$work/out")"

# a tree of links, so that planting changes no file of the base
mkdir "$work/tree"
cp -rs "$tree/." "$work/tree"
cat > "$work/planted" <<'END'
drivers/net/memif/rte_eth_memif.c:mr = ibv_reg_mr(pd, addr, len, 0)
drivers/net/mlx5/mlx5_rx.c:obj = mlx5_glue->devx_umem_reg(ctx, addr, len, 0)
drivers/common/mlx5/linux/mlx5_common_verbs.c:mr = mlx5_glue->reg_mr(pd, addr, len, 0)
drivers/net/virtio/virtio_pci.c:ret = ioctl(fd, VFIO_IOMMU_MAP_DMA, &map)
END
while IFS=: read -r path call; do
	rm "$work/tree/$path"
	{ cat "$tree/$path"; printf 'void\nplanted(void)\n{\n\t%s;\n}\n' "$call"; } > "$work/tree/$path"
done < "$work/planted"
tools/device-memory "$work/tree" > "$work/out" && status=0 || status=$?
result $((status != 1)) 'fails on planted calls' "exit status $status"
while IFS=: read -r path call; do
	grep -q "^$path:[0-9]*: planted() calls" "$work/out" && status=0 || status=1
	result "$status" "finds $call planted in $path"
done < "$work/planted"
finish
