#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# Run in the guest: load what the virtual devices need, and try them.

set -eu

modprobe -a tun vhost_net
exec "$BUILD/tests/vdev/vdev"
