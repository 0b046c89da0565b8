/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* Two NICs that are cabled to each other, and frames between them. */

#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "demo.h"
#include "p2p.h"

#define LINK_SECONDS 20
#define QUIET_SECONDS 2
#define SEED 20261129

static uint16_t ports[2];
static uint64_t next_seq;

struct rte_device *
nics_find(char *addresses[2])
{
	struct rte_eth_dev_info info;
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (rte_eth_dev_get_port_by_name(addresses[i], &ports[i]) != 0 ||
				rte_eth_dev_info_get(ports[i], &info) != 0)
			return NULL;
	return info.device;
}

/* The first sends, the second receives; the first needs a pool to receive, too. */
bool
nics_start(struct memory *tx, struct memory *rx)
{
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_link link;
	unsigned int i;
	uint64_t end;

	for (i = 0; i < 2; i++) {
		int ret = rte_eth_dev_configure(ports[i], 1, 1, &conf);

		if (ret == 0)
			ret = rte_eth_rx_queue_setup(ports[i], 0, 128, SOCKET_ID_ANY, NULL,
				i == 0 ? tx->pool : rx->pool);
		if (ret == 0)
			ret = rte_eth_tx_queue_setup(ports[i], 0, 128, SOCKET_ID_ANY, NULL);
		if (ret == 0)
			ret = rte_eth_dev_start(ports[i]);
		if (ret == 0)
			ret = rte_eth_promiscuous_enable(ports[i]);
		if (ret != 0) {
			printf("# port %u: %s\n", ports[i], rte_strerror(-ret));
			return false;
		}
	}
	for (i = 0; i < 2; i++) {
		end = rte_get_timer_cycles() + LINK_SECONDS * rte_get_timer_hz();
		do {
			rte_delay_us_sleep(10000);
			if (rte_eth_link_get_nowait(ports[i], &link) != 0)
				return false;
		} while (link.link_status != RTE_ETH_LINK_UP && rte_get_timer_cycles() < end);
	}
	return true;
}

void
nics_stop(void)
{
	rte_eth_dev_stop(ports[0]);
	rte_eth_dev_stop(ports[1]);
}

/* Is that one of the frames sent, with its bytes where the memory is seen another way? */
static bool
is_right(const struct memory *rx, const struct rte_mbuf *m, uint64_t first)
{
	uint8_t have[FRAME_MAX], want[FRAME_MAX];
	uint64_t seq;

	return m->pkt_len <= FRAME_MAX &&
		memory_read(rx, rte_pktmbuf_mtod(m, void *), have, m->pkt_len) &&
		frame_seq(have, m->pkt_len, &seq) && seq - first < FRAMES &&
		frame_build(want, SEED, seq) == m->pkt_len && memcmp(have, want, m->pkt_len) == 0;
}

int
nics_exchange(struct memory *tx, struct memory *rx, unsigned int *received)
{
	struct rte_mbuf *frames[FRAMES], *burst[FRAMES];
	uint64_t first = next_seq, end;
	unsigned int i, n, n_sent = 0;
	int right = 0;

	*received = 0;
	if (rte_pktmbuf_alloc_bulk(tx->pool, frames, FRAMES) != 0)
		return -1;
	next_seq += FRAMES;
	for (i = 0; i < FRAMES; i++) {
		uint8_t frame[FRAME_MAX];
		uint32_t len = frame_build(frame, SEED, first + i);

		memcpy(rte_pktmbuf_append(frames[i], len), frame, len);
	}
	end = rte_get_timer_cycles() + QUIET_SECONDS * rte_get_timer_hz();
	while (*received < FRAMES && rte_get_timer_cycles() < end) {
		n_sent += rte_eth_tx_burst(ports[0], 0, frames + n_sent, FRAMES - n_sent);
		n = rte_eth_rx_burst(ports[1], 0, burst, FRAMES);
		for (i = 0; i < n; i++) {
			right += is_right(rx, burst[i], first);
			rte_pktmbuf_free(burst[i]);
		}
		if (n > 0)
			end = rte_get_timer_cycles() + QUIET_SECONDS * rte_get_timer_hz();
		*received += n;
	}
	rte_pktmbuf_free_bulk(frames + n_sent, FRAMES - n_sent);
	return right;
}
