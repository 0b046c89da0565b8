/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* The other end: of a network interface of the kernel, or a port of this process. */

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

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "demo.h"
#include "vdev.h"

static int far = -1; /* a packet socket, or tun */
static uint16_t peer = RTE_MAX_ETHPORTS;
static struct rte_mempool *peer_pool;

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

static int
tun_open(const char *interface)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	far = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	if (far < 0 || ioctl(far, TUNSETIFF, &ifr) != 0)
		return failed("/dev/net/tun");
	return interface_up(interface);
}

static int
socket_open(const char *interface)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(FRAME_TYPE) };

	if (interface_up(interface) != 0)
		return -1;
	addr.sll_ifindex = if_nametoindex(interface);
	far = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(FRAME_TYPE));
	return bind(far, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 : failed(interface);
}

/* The port before the one that is tried, with a pool in EAL's own memory. */
static int
peer_open(uint16_t port)
{
	struct rte_eth_conf conf = { 0 };

	peer_pool = rte_pktmbuf_pool_create("peer", 511, 0, 0, 2048, SOCKET_ID_ANY);
	if (peer_pool == NULL || rte_eth_dev_configure(port, 1, 1, &conf) != 0 ||
			rte_eth_rx_queue_setup(port, 0, 128, SOCKET_ID_ANY, NULL, peer_pool) != 0 ||
			rte_eth_tx_queue_setup(port, 0, 128, SOCKET_ID_ANY, NULL) != 0 ||
			rte_eth_dev_start(port) != 0)
		return failed("the other port");
	peer = port;
	return 0;
}

int
far_end_prepare(enum far_end kind, const char *interface)
{
	return kind == TUN ? tun_open(interface) : 0;
}

int
far_end_open(enum far_end kind, const char *interface, uint16_t port)
{
	switch (kind) {
	case INTERFACE:
		return socket_open(interface);
	case PEER:
		return peer_open(port - 1);
	default:
		return 0;
	}
}

size_t
far_end_read(uint8_t *frame, size_t size)
{
	struct rte_mbuf *m;
	ssize_t len;

	if (peer == RTE_MAX_ETHPORTS) {
		len = read(far, frame, size);
		return len > 0 ? len : 0;
	}
	if (rte_eth_rx_burst(peer, 0, &m, 1) == 0)
		return 0;
	len = rte_pktmbuf_pkt_len(m);
	memcpy(frame, rte_pktmbuf_mtod(m, uint8_t *), RTE_MIN((size_t)len, size));
	rte_pktmbuf_free(m);
	return len;
}

bool
far_end_write(const uint8_t *frame, size_t len)
{
	struct rte_mbuf *m;

	if (peer == RTE_MAX_ETHPORTS)
		return write(far, frame, len) == (ssize_t)len;
	m = rte_pktmbuf_alloc(peer_pool);
	if (m == NULL)
		return false;
	memcpy(rte_pktmbuf_append(m, len), frame, len);
	if (rte_eth_tx_burst(peer, 0, &m, 1) == 1)
		return true;
	rte_pktmbuf_free(m);
	return false;
}
