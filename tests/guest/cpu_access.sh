#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# usage, in the guest: tests/guest/cpu_access.sh <dmabuf-demo>
# The demo tells the kernel before and after its CPU reads or writes a dma-buf: count what the kernel was told.

set -eu

packets=6000
trace=/sys/kernel/tracing
mount -t tracefs none $trace 2>/dev/null || [ -e $trace/kprobe_events ] || {
	echo '1..0 # SKIP the kernel needs CONFIG_KPROBE_EVENTS'
	exit 0
}
for way in begin end; do
	echo "p:$way dma_buf_${way}_cpu_access" >> $trace/kprobe_events
done
echo 1 > $trace/events/kprobes/enable

status=0
"$1" --iommu "$DMABUF_NICS_IOMMU" --pa "$DMABUF_NICS_PA" --packets $packets >&2 || status=$?

echo 0 > $trace/events/kprobes/enable
begin=$(awk '$1 == "begin" { print $2 }' $trace/kprobe_profile)
end=$(awk '$1 == "end" { print $2 }' $trace/kprobe_profile)
missed=$(awk '{ n += $3 } END { print n }' $trace/kprobe_profile)

result()
{
	[ "$1" = 0 ] || printf 'not '
	echo "ok $2"
}

echo 1..3
result $status "1 - the demo passes"
# a batch has 64 packets at most: filled, checked where it is sent from and where it got to, and received
[ "$begin" -ge $((packets / 64 * 4)) ]
result $? "2 - the kernel was told $begin times that the CPU begins to use a dma-buf"
[ "$begin" = "$end" ] && [ "$missed" = 0 ]
result $? "3 - and $end times that it ends"
