#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# usage: tests/model/sequences.sh [--guest] [--seed <number>] <count> | [--guest] <file>..., with BUILD as
# tests/run sets it
# Random calls of the API of external memory do what a model of it says; for what differs, the calls are
# shown, and the seed that repeats them. See tests/model/sequences.c.

set -uo pipefail
cd "$(dirname "$0")/../.."
# the files of memsegs come and go with each call: not on a disk
RUNTIME_DIRECTORY=$(mktemp -d -p /dev/shm)
export RUNTIME_DIRECTORY
trap 'rm -rf "$RUNTIME_DIRECTORY"' EXIT

echo 1..1
if said=$("$BUILD/tests/model/sequences" "$@" 2>&1); then
	echo "ok 1 - ${said##*$'\n'}"
else
	sed 's/^/# /' <<< "$said"
	echo 'not ok 1 - calls do what the model says'
	exit 1
fi
