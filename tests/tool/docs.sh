#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# The guide builds without a warning.

set -euo pipefail
cd "$(dirname "$0")/../.."
out=build/doc

echo 1..1
if warnings=$(/usr/bin/python3 -m sphinx -q -W --keep-going -n -E -b html doc/guides "$out" 2>&1); then
	echo "ok 1 - the guide is in $out/index.html"
else
	echo 'not ok 1 - the guide does not build'
	echo "$warnings" | sed 's/^/# /'
	exit 1
fi
