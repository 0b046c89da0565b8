#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# usage: tests/model/model.sh <program> [<argument>...], with BUILD as tests/run sets it
# Run a program of tests/model: sequences or faults. See the start of its source.

set -uo pipefail
cd "$(dirname "$0")/../.."
# the files of memsegs come and go with each call: not on a disk
RUNTIME_DIRECTORY=$(mktemp -d -p /dev/shm)
export RUNTIME_DIRECTORY TMPDIR=$RUNTIME_DIRECTORY
trap 'rm -rf "$RUNTIME_DIRECTORY"' EXIT

"$BUILD/tests/model/$1" "${@:2}"
