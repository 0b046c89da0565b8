/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef VDEV_H
#define VDEV_H

#include <stddef.h>
#include <sys/types.h>

/* Where the packets of a device go to, and come from (far_end.c). */
enum far_end {
	NOWHERE,   /* what is sent is gone, what is received has no bytes */
	ITSELF,
	INTERFACE, /* the device makes the interface; a packet socket is its other end */
	TUN,       /* the device uses an interface that is there; its other end is a descriptor of tun */
};

/* Before EAL starts: make the interface, if the device does not. */
int far_end_prepare(enum far_end kind, const char *interface);
/* When the device has started: a descriptor to exchange frames by, or -1. */
int far_end_open(enum far_end kind, const char *interface, int prepared);

#endif /* VDEV_H */
