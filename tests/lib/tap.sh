# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# Results as TAP, for shell scripts that source this; tap.py is for Python.

count=0

# usage: result <exit status> <what was tested> [<what was said, shown if it failed>]
result()
{
	count=$((count + 1))
	[ "$1" = 0 ] || printf 'not '
	echo "ok $count - $2"
	if [ "$1" != 0 ] && [ -n "${3-}" ]; then
		printf '%s\n' "$3" | sed 's/^/# /'
	fi
}

# usage: finish: print the plan, last, as a script that ends before has none
finish()
{
	echo "1..$count"
}
