#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# usage, in the guest: tests/guest/cpu_access.sh <dmabuf-demo>
# The demo tells the kernel before and after its CPU reads or writes a dma-buf: count what the exporters are told.

set -eu
. tests/lib/tap.sh

packets=6000 # half of them in each exporter's memory
trace=/sys/kernel/tracing
mount -t tracefs none $trace 2>/dev/null || [ -e $trace/kprobe_events ] || {
	echo '1..0 # SKIP the kernel needs CONFIG_KPROBE_EVENTS'
	exit 0
}
for way in begin end; do
	echo "p:udmabuf_$way ${way}_cpu_udmabuf" >> $trace/kprobe_events
	echo "p:heap_$way system_heap_dma_buf_${way}_cpu_access" >> $trace/kprobe_events
done
echo 1 > $trace/events/kprobes/enable

status=0
"$1" --iommu "$DMABUF_NICS_IOMMU" --pa "$DMABUF_NICS_PA" --packets $packets >&2 || status=$?

echo 0 > $trace/events/kprobes/enable

# usage: count <probe>
count()
{
	awk -v name="$1" '$1 == name { print $2 }' $trace/kprobe_profile
}

result $status "the demo passes"
for exporter in udmabuf heap; do
	begin=$(count ${exporter}_begin)
	end=$(count ${exporter}_end)
	# a batch has 64 packets at most: filled, checked where it is sent from and where it got to, and received
	status=0
	[ "$begin" -ge $((packets / 2 / 64 * 4)) ] && [ "$begin" = "$end" ] || status=1
	result $status "$exporter: told $begin times that the CPU begins, and $end times that it ends"
done
finish
