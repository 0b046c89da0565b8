#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# With -Dibverbs_link=dlopen, mlx5 loads its glue from a file. That of the unmodified DPDK has one member
# less, and must not be called: neither takes the other's.

set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/lib/tap.sh
# as in tools/build: Debian's python3 has the module elftools
export PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH
build=$(realpath "${BUILD:?set it to the folder of the build}")
stock_base=${BASE:?set it to a folder under subprojects/}-stock
work=$build/hca-glue
rm -rf "$work/glues"
mkdir -p "$work/glues"

# folder, source
configure()
{
	[ -f "$1/build.ninja" ] || meson setup "$1" "$2" -Dibverbs_link=dlopen -Dplatform=generic \
		-Denable_drivers=common/mlx5,bus/pci,bus/auxiliary -Dtests=false -Denable_apps=none \
		-Denable_docs=false > "$1.log" 2>&1
	ninja -C "$1" $(ninja -C "$1" -t targets all |
		sed -n 's|^\(drivers/.*librte_common_mlx5\(_glue\)\?\.so\.[^:]*\): .*LINKER.*|\1|p') >> "$1.log" 2>&1
}

# whose driver, whose glue, under the name that the driver looks for
load()
{
	local glue name
	glue=$(find "$work/$2/drivers" -name 'librte_common_mlx5_glue.so.[0-9]*' -type f)
	name=$(find "$work/$1/drivers" -name 'librte_common_mlx5_glue.so.[0-9]*' -type f)
	rm -rf "$work/glues"
	mkdir "$work/glues"
	cp "$glue" "$work/glues/$(basename "$name")"
	LD_LIBRARY_PATH=$work/$1/lib:$work/$1/drivers MLX5_GLUE_PATH=$work/glues "$work/program" 2>&1
}

for side in reworked stock; do
	source=subprojects/$BASE
	[ $side = reworked ] || source=subprojects/$stock_base
	if ! configure "$work/$side" "$source"; then
		tail -n 5 "$work/$side.log" | sed 's/^/# /'
		echo "Bail out! no build of the $side DPDK with ibverbs_link=dlopen"
		exit 1
	fi
done
cat > "$work/program.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>

int
main(void)
{
	void *library = dlopen("librte_common_mlx5.so", RTLD_NOW);
	void (*init)(void) = library != NULL ? (void (*)(void))dlsym(library, "mlx5_common_init") : NULL;
	void **glue = library != NULL ? dlsym(library, "mlx5_glue") : NULL;

	if (init == NULL || glue == NULL) {
		puts(dlerror());
		return 1;
	}
	init();
	puts(*glue != NULL ? "loaded" : "refused");
	return 0;
}
END
cc -Wall -o "$work/program" "$work/program.c" -ldl

check()
{
	local said status=1
	said=$(load "$1" "$2") || true
	if [ "$(tail -n 1 <<< "$said")" = "$3" ] && { [ "$3" = loaded ] || grep -q mismatch <<< "$said"; }; then
		status=0
	fi
	result "$status" "the $1 mlx5 and the $2 glue: $3" "$said"
}
check reworked reworked loaded
check stock stock loaded
check reworked stock refused
check stock reworked refused
finish
