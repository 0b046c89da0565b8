/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * The process with EAL and the NICs: opens the slices of the dma-bufs and moves packets from one
 * slice through the two NICs into the other.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/dma-buf.h>

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "slice.h"

#define RX_DESCRIPTORS 128
#define TX_DESCRIPTORS 128
#define LINK_SECONDS 20
#define QUIET_SECONDS 2 /* a frame that has not come by then is lost */
#define ROUNDS 4        /* times that a frame is sent before the demo gives up */
/* Frames are sent from elsewhere in the page than they arrive, so that no sent copy of a frame
 * can be taken for the received one.
 */
#define TX_SHIFT 256

static const struct mover_config *config;
static struct slice slices[BUFFERS][SLICES];
static uint16_t ports[2];
static struct rte_device *device; /* of the first port */
static int checker_sock;
static uint64_t n_sent_again;

static int
eal_start(void)
{
	const char *fixed[] = {
		config->program, "-a", config->nics[0], "-a", config->nics[1],
		config->physical ? "--iova-mode=pa" : "--iova-mode=va",
		"--in-memory", "--no-telemetry", "--log-level=error",
	};
	char **argv = calloc(RTE_DIM(fixed) + config->n_eal_args + 1, sizeof(*argv));
	int argc = 0, i, ret;

	if (argv == NULL)
		return -1;
	for (i = 0; i < (int)RTE_DIM(fixed); i++)
		argv[argc++] = strdup(fixed[i]);
	for (i = 0; i < config->n_eal_args; i++)
		argv[argc++] = config->eal_args[i];
	ret = rte_eal_init(argc, argv); /* keeps pointers into argv: it is never freed */
	if (ret < 0)
		fprintf(stderr, "dmabuf-demo: rte_eal_init: %s\n", rte_strerror(rte_errno));
	return ret < 0 ? -1 : 0;
}

static int
ports_find(void)
{
	struct rte_eth_dev_info info;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (rte_eth_dev_get_port_by_name(config->nics[i], &ports[i]) != 0 ||
				rte_eth_dev_info_get(ports[i], &info) != 0) {
			fprintf(stderr, "dmabuf-demo: no DPDK driver took NIC %s; "
				"bind it to %s and give its full PCI address\n",
				config->nics[i], config->physical ? "uio_pci_generic" :
				"vfio-pci");
			return -1;
		}
		if (i == 0)
			device = info.device;
	}
	return 0;
}

static int
ask_checker(const struct message *msg, uint32_t *answer)
{
	if (send(checker_sock, msg, sizeof(*msg), MSG_NOSIGNAL) == sizeof(*msg) &&
			recv(checker_sock, answer, sizeof(*answer), 0) == sizeof(*answer))
		return 0;
	fprintf(stderr, "dmabuf-demo: the checker does not answer\n");
	return -1;
}

static int
announce(const struct slice *s)
{
	struct message msg = {
		.type = MESSAGE_LIST, .buffer = s->buffer, .slice = s->number,
	};
	uint32_t answer;

	return slice_describe(s, &msg.list) == 0 ? ask_checker(&msg, &answer) : -1;
}

static int
port_start(uint16_t port, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = { 0 };
	int ret;

	ret = rte_eth_dev_configure(port, 1, 1, &conf);
	if (ret == 0)
		ret = rte_eth_rx_queue_setup(port, 0, RX_DESCRIPTORS, SOCKET_ID_ANY, NULL, pool);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(port, 0, TX_DESCRIPTORS, SOCKET_ID_ANY, NULL);
	if (ret == 0)
		ret = rte_eth_dev_start(port);
	if (ret == 0)
		ret = rte_eth_promiscuous_enable(port);
	if (ret != 0)
		fprintf(stderr, "dmabuf-demo: cannot start port %u: %s\n", port,
			rte_strerror(-ret));
	return ret;
}

static uint64_t
deadline_in(unsigned int seconds)
{
	return rte_get_timer_cycles() + seconds * rte_get_timer_hz();
}

static int
port_wait_link(uint16_t port)
{
	uint64_t deadline = deadline_in(LINK_SECONDS);
	struct rte_eth_link link;

	do {
		if (rte_eth_link_get_nowait(port, &link) == 0 &&
				link.link_status == RTE_ETH_LINK_UP)
			return 0;
		rte_delay_us_sleep(10000);
	} while (rte_get_timer_cycles() < deadline);
	fprintf(stderr, "dmabuf-demo: port %u has no link after %u s\n", port, LINK_SECONDS);
	return -1;
}

/* Have the checker look at packets. It counts mismatches, which the table then shows. */
static int
check_packets(const struct slice *s, uint32_t role, struct rte_mbuf **mbufs, uint32_t n,
	uint64_t first_seq)
{
	struct message msg = {
		.type = MESSAGE_PACKETS, .buffer = s->buffer, .slice = s->number, .role = role,
		.n = n,
	};
	uint32_t i, answer;

	for (i = 0; i < n; i++) {
		if (slice_place(s, mbufs[i], &msg.packets[i]) != 0)
			return -1;
		msg.packets[i].seq = first_seq + i;
	}
	return ask_checker(&msg, &answer);
}

/* Write the frames to send, through this process's mapping. */
static int
fill_batch(const struct slice *s, struct rte_mbuf **mbufs, uint32_t n, uint64_t first_seq)
{
	uint8_t frame[FRAME_MAX];
	uint32_t i;

	if (dmabuf_sync(s->fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		uint32_t len = frame_build(frame, config->seed, first_seq + i);

		mbufs[i]->data_off += TX_SHIFT;
		memcpy(rte_pktmbuf_append(mbufs[i], len), frame, len);
	}
	return dmabuf_sync(s->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
}

/* Put received frames in their places by sequence number; returns how many were new, or -1. */
static int
accept_frames(const struct slice *s, struct rte_mbuf **burst, uint32_t n_burst,
	struct rte_mbuf **received, uint32_t n, uint64_t first_seq)
{
	uint32_t i;
	int n_new = 0;

	if (n_burst == 0)
		return 0;
	if (dmabuf_sync(s->fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ) != 0)
		return -1;
	for (i = 0; i < n_burst; i++) {
		struct rte_mbuf *m = burst[i];
		uint64_t seq;

		if (frame_seq(rte_pktmbuf_mtod(m, uint8_t *), m->data_len, &seq) &&
				seq >= first_seq && seq - first_seq < n &&
				received[seq - first_seq] == NULL) {
			received[seq - first_seq] = m;
			n_new++;
		} else {
			rte_pktmbuf_free(m); /* another's, or sent twice */
		}
	}
	return dmabuf_sync(s->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ) == 0 ? n_new : -1;
}

/* Send a batch of frames and receive all of them; those that get lost are sent again. */
static int
exchange(const struct slice *rx, uint16_t tx_port, uint16_t rx_port, struct rte_mbuf **frames,
	struct rte_mbuf **received, uint32_t n, uint64_t first_seq)
{
	struct rte_mbuf *queue[BATCH], *burst[BATCH];
	uint32_t i, n_queue, n_sent, n_missing = n;
	unsigned int round;
	int n_new = 0;
	uint64_t deadline;

	for (round = 0; round < ROUNDS && n_missing > 0; round++) {
		n_queue = n_sent = 0;
		for (i = 0; i < n; i++) {
			if (received[i] == NULL) {
				rte_mbuf_refcnt_update(frames[i], 1); /* may be sent again */
				queue[n_queue++] = frames[i];
			}
		}
		n_sent_again += round > 0 ? n_queue : 0;
		deadline = deadline_in(QUIET_SECONDS);
		while (n_missing > 0 && rte_get_timer_cycles() < deadline) {
			n_sent += rte_eth_tx_burst(tx_port, 0, queue + n_sent, n_queue - n_sent);
			n_new = accept_frames(rx, burst, rte_eth_rx_burst(rx_port, 0, burst, BATCH),
				received, n, first_seq);
			if (n_new < 0)
				break;
			if (n_new > 0)
				deadline = deadline_in(QUIET_SECONDS);
			n_missing -= n_new;
		}
		rte_pktmbuf_free_bulk(queue + n_sent, n_queue - n_sent);
		if (n_new < 0)
			return -1;
	}
	if (n_missing == 0)
		return 0;
	fprintf(stderr, "dmabuf-demo: %u of %u packets lost after sending them %u times, "
		"from packet %" PRIu64 " on\n", n_missing, n, ROUNDS, first_seq);
	return -1;
}

/* For the test of the checker: a wrong byte in memory must not pass. */
static int
corrupt_packet(const struct slice *s, struct rte_mbuf *m)
{
	if (dmabuf_sync(s->fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW) != 0)
		return -1;
	*rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len - 1) ^= 0x01;
	return dmabuf_sync(s->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
}

static int
move_batch(const struct slice *tx, const struct slice *rx, uint16_t tx_port, uint16_t rx_port,
	uint64_t first_seq, uint32_t n, bool corrupt)
{
	struct rte_mbuf *frames[BATCH], *received[BATCH] = { NULL };
	int ret = -1;

	if (rte_pktmbuf_alloc_bulk(tx->pool, frames, n) != 0) {
		fprintf(stderr, "dmabuf-demo: the pool for sending is empty\n");
		return -1;
	}
	if (fill_batch(tx, frames, n, first_seq) == 0 &&
			check_packets(tx, ROLE_TX, frames, n, first_seq) == 0 &&
			exchange(rx, tx_port, rx_port, frames, received, n, first_seq) == 0 &&
			(!corrupt || corrupt_packet(rx, received[0]) == 0) &&
			check_packets(rx, ROLE_RX, received, n, first_seq) == 0)
		ret = 0;
	rte_pktmbuf_free_bulk(frames, n);
	rte_pktmbuf_free_bulk(received, n);
	return ret;
}

/* Move packets both ways between the two slices of a buffer, one port for each slice. */
static int
buffer_move(struct slice pair[SLICES], uint64_t *seq)
{
	static bool corrupted;
	unsigned int i;

	for (i = 0; i < SLICES; i++)
		if (slice_create_pool(&pair[i]) != 0 || announce(&pair[i]) != 0 ||
				port_start(ports[i], pair[i].pool) != 0)
			return -1;
	for (i = 0; i < SLICES; i++)
		if (port_wait_link(ports[i]) != 0)
			return -1;
	for (i = 0; i < SLICES; i++) {
		uint64_t left = config->packets;

		while (left > 0) {
			uint32_t n = RTE_MIN(left, BATCH);

			if (move_batch(&pair[i], &pair[!i], ports[i], ports[!i], *seq, n,
					config->corrupt && !corrupted) != 0)
				return -1;
			corrupted = true;
			*seq += n;
			left -= n;
		}
	}
	for (i = 0; i < SLICES; i++)
		rte_eth_dev_stop(ports[i]);
	return 0;
}

/* Open the slices of a buffer; from then on only EAL has a descriptor of it in this process. */
static int
buffer_open(struct slice pair[SLICES], struct buffer *buf)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < SLICES && ret >= 0; i++) {
		int opened = slice_open(&pair[i], buf);

		ret = opened < 0 ? opened : RTE_MAX(ret, opened);
	}
	buffer_close(buf);
	return ret;
}

/*
 * Returns 0 when every buffer that these NICs can reach has been carried. The sequence numbers
 * of a buffer depend on its number alone, so that no two movers use the same ones.
 */
int
mover_run(const struct mover_config *mover_config, struct buffer *buffers, int sock)
{
	int opened[BUFFERS] = { 0 };
	unsigned int b, i;
	int ret = 0;

	config = mover_config;
	checker_sock = sock;
	if (eal_start() != 0 || ports_find() != 0)
		return -1;
	for (b = 0; b < BUFFERS && ret == 0; b++) {
		for (i = 0; i < SLICES; i++)
			slices[b][i] = (struct slice){
				.buffer = b, .number = i, .device = device,
			};
		if (config->todo[b])
			opened[b] = buffer_open(slices[b], &buffers[b]);
		if (opened[b] < 0)
			ret = -1;
	}
	for (b = 0; b < BUFFERS && ret == 0; b++) {
		uint64_t seq = b * SLICES * config->packets;

		if (config->todo[b] && opened[b] == 0)
			ret = buffer_move(slices[b], &seq);
	}
	if (n_sent_again > 0)
		printf("%" PRIu64 " packets were lost on the way and sent again\n", n_sent_again);
	if (ret == 0) {
		for (i = 0; i < 2; i++)
			rte_eth_dev_close(ports[i]);
		for (b = 0; b < BUFFERS; b++)
			for (i = 0; i < SLICES; i++)
				slice_close(&slices[b][i]);
		rte_eal_cleanup();
	}
	return ret;
}
