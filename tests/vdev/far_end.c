/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* The other end of a network interface of the kernel. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>

#include "demo.h"
#include "vdev.h"

static int
failed(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return -1;
}

static int
interface_up(const char *interface)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP | IFF_PROMISC };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	ret = ioctl(sock, SIOCSIFFLAGS, &ifr);
	close(sock);
	return ret == 0 ? 0 : failed(interface);
}

int
far_end_prepare(enum far_end kind, const char *interface)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd;

	if (kind != TUN)
		return -1;
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) != 0)
		return failed("/dev/net/tun");
	return interface_up(interface) == 0 ? fd : -1;
}

int
far_end_open(enum far_end kind, const char *interface, int prepared)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(FRAME_TYPE) };
	int fd;

	if (kind != INTERFACE)
		return prepared;
	if (interface_up(interface) != 0)
		return -1;
	addr.sll_ifindex = if_nametoindex(interface);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(FRAME_TYPE));
	return bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? fd : failed(interface);
}
