/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef VDEV_H
#define VDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the packets of a device go to, and come from (far_end.c). */
enum far_end {
	NOWHERE,   /* what is sent is gone, what is received has no bytes */
	ITSELF,
	INTERFACE, /* the device makes the interface; a packet socket is its other end */
	TUN,       /* the device uses an interface that is there; its other end is a descriptor of tun */
	PEER,      /* the port before, of this process, which the device connects to */
};

/* Before EAL starts: make the interface, if the device does not. */
int far_end_prepare(enum far_end kind, const char *interface);
/* When the device is configured: what the next two exchange frames by. */
int far_end_open(enum far_end kind, const char *interface, uint16_t port);
/* The length of a frame that has come, or 0. */
size_t far_end_read(uint8_t *frame, size_t size);
bool far_end_write(const uint8_t *frame, size_t len);

#endif /* VDEV_H */
