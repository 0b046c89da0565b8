#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# Install, then build an application outside of the repository with pkg-config and run it in the
# guest.

set -u
. tests/lib/tap.sh

prefix=$PWD/$BUILD-install/prefix
app=$(mktemp -d /var/tmp/dmabuf-install.XXXXXX)
trap 'rm -rf "$app"' EXIT

# a clone in a folder that everyone can write to, from which EAL loads no drivers, with a DPDK that is empty
mkdir -p "$app/clone/subprojects/dpdk"
cp -r tools meson.build meson_options.txt "$app/clone"
touch "$app/clone/subprojects/dpdk/meson.build"
output=$("$app/clone/tools/build" dpdk 2>&1)
[[ $output == "build: "*"everyone can write to: move this repository"* ]]
result $? "below /var/tmp, nothing is built" "$output"
output=$("$app/clone/tools/build" dpdk --install "$app/prefix" 2>&1)
[[ $output == "build: "*"everyone can write to: choose another prefix" ]]
result $? "nor installed there" "$output"
output=$("$app/clone/tools/build" dpdk --install "$prefix" 2>&1)
[[ $output != *"everyone can write to"* ]] &&
	grep -Fqx "\$ meson setup build/dpdk-install subprojects/dpdk -Dprefix=$prefix" "$app/clone/build/dpdk-install/logs/setup.log"
result $? "but installed elsewhere, with the defaults of DPDK's own build" "$output"
mkdir "$app/clone/build/dpdk"
touch "$app/clone/build/dpdk/of-another-place"
output=$("$app/clone/tools/build" dpdk --compile 2>&1)
[[ $output != *"everyone can write to"* ]] && [ -f "$app/clone/build/dpdk/logs/setup.log" ]
result $? "and compiled" "$output"
[ ! -e "$app/clone/build/dpdk/of-another-place" ]
result $? "a build folder of a clone that was moved is made again"

for name in 'a prefix' "user's" jürg; do
	output=$(make --no-print-directory install BASE="$BASE" PREFIX="$app/$name" 2>&1)
	[[ $output == *"build: a prefix of DPDK's has letters, digits and"*"only: choose another than "* ]] && [ ! -e "$app/$name" ]
	result $? "a prefix named $name is refused" "$output"
done
rm -rf "$prefix"
# what the guest can run, and the test needs
make --no-print-directory install BASE="$BASE" PREFIX="$prefix" \
	OPTIONS="-Dplatform=generic -Dtests=false '-Ddisable_apps=*' '-Ddisable_libs=*' \
		-Denable_drivers=bus/vdev,mempool/ring,net/null" >&2
result $? "make install"

pc=$(find "$prefix" -name libdpdk.pc)
export PKG_CONFIG_PATH=${pc%/*}
[ "$(pkg-config --variable=prefix libdpdk)" = "$prefix" ]
result $? "pkg-config finds the installed libdpdk"

# a link into this repository would break when it moves
[ -f "$prefix/include/rte_memory_dmabuf.h" ] && [ -z "$(find "$prefix/include" -type l)" ]
result $? "installed headers are files, not links"

# shellcheck disable=SC2046 # pkg-config prints a list of arguments
cp tests/tool/install.c tests/lib/udmabuf.h "$app" && cd "$app" &&
	cc -Wall -Wextra -Werror -DALLOW_EXPERIMENTAL_API install.c -o with-dmabuf \
		$(pkg-config --cflags --libs libdpdk) >&2
result $? "an application builds with pkg-config"
cd "$OLDPWD" || exit

library_path=$(pkg-config --variable=libdir libdpdk)
output=$(tools/guest --env LD_LIBRARY_PATH="$library_path" -- "$app/with-dmabuf" \
	--in-memory --no-pci --vdev=net_null0)
result $? "the application runs in the guest"
echo "$output" >&2
[[ $output == *"ports 1"* ]]
result $? "it loads a driver from the prefix"
[[ $output == *"offset in pages 4"*"unregistered"* ]]
result $? "it registers a dma-buf"
finish
