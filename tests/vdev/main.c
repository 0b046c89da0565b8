/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * What drivers that copy packets, or pass them on, do with those in a dma-buf: one that the CPU
 * reads at the packet's address, and one whose addresses are placeholders. Prints TAP.
 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#include "demo.h"
#include "vdev.h"

#define FRAMES 32u
#define LIST_PAGES 256u
#define LIST_LEN ((size_t)LIST_PAGES * PAGE_LEN)
#define LIST_OFFSET ((uint64_t)0x510000)
#define SEED 20261129
#define QUIET_SECONDS 2   /* to wait for what does not happen */
#define PATIENT_SECONDS 60 /* and for what does */

struct device {
	const char *name;
	const char *vdev;
	enum far_end far_end;
	const char *interface;
	/* what happens, of memory that the CPU reads there and of placeholders */
	const char *tx[2];
	const char *rx[2];
};

#define RIGHT "right"
#define GONE "accepted"
#define DIES "dies of SIGSEGV"
#define LOST "lost"
#define REFUSED "refused"
#define UNCONNECTED "refuses to connect"

#define MEMIF "net_memif0,role=client,socket=/run/vdev.memif,"
#define PEER_VDEV "net_memif1,role=server,socket=/run/vdev.memif"

static const struct device devices[] = {
	{ "ring", "net_ring0", ITSELF, "", { RIGHT, RIGHT }, { RIGHT, RIGHT } },
	{ "null", "net_null0", NOWHERE, "", { GONE, GONE }, { GONE, GONE } },
	{ "null,copy=1", "net_null0,copy=1", NOWHERE, "", { GONE, DIES }, { GONE, DIES } },
	{ "tap", "net_tap0,iface=vdev0", INTERFACE, "vdev0", { RIGHT, LOST }, { RIGHT, DIES } },
	{ "af_packet", "net_af_packet0,iface=vdev1", TUN, "vdev1", { RIGHT, DIES },
		{ RIGHT, DIES } },
	{ "pcap", "net_pcap0,iface=vdev3", TUN, "vdev3", { RIGHT, LOST }, { RIGHT, DIES } },
	{ "af_xdp", "net_af_xdp0,iface=vdev4", TUN, "vdev4", { RIGHT, DIES },
		{ REFUSED, REFUSED } },
	{ "virtio_user, vhost-net", "virtio_user0,path=/dev/vhost-net,iface=vdev2,queue_size=256",
		INTERFACE, "vdev2", { LOST, DIES }, { LOST, LOST } },
	{ "memif", MEMIF "zero-copy=no", PEER, "", { RIGHT, DIES }, { RIGHT, DIES } },
	{ "memif,zero-copy=yes", MEMIF "zero-copy=yes", PEER, "", { UNCONNECTED, UNCONNECTED },
		{ UNCONNECTED, UNCONNECTED } },
};

static struct buffer buffer;
static uint8_t *other; /* the list's memory, where the CPU always reads it */
static uint8_t *va;
static struct rte_mempool *pool;
static uint16_t port;
static FILE *log_file;
static unsigned int seconds;

static uint8_t *
seen(const struct rte_mbuf *m)
{
	return other + (rte_pktmbuf_mtod(m, uint8_t *) - va);
}

static int
give_up(const char *what, int error)
{
	fprintf(stderr, "%s: %s\n", what, strerror(error));
	exit(EXIT_FAILURE);
}

/* ---- the memory and the device ---- */

static void
prepare_memory(bool readable)
{
	struct rte_pktmbuf_extmem mem = { .buf_len = LIST_LEN, .elt_size = PAGE_LEN };
	rte_iova_t iovas[LIST_PAGES];
	unsigned int i;

	if (buffer_create_heap(&buffer, BUFFER_LEN) != 0)
		give_up("no dma-buf", ENODEV);
	other = buffer_map(buffer.fd, LIST_OFFSET, LIST_LEN);
	va = readable ? buffer_map(buffer.fd, LIST_OFFSET, LIST_LEN) :
		mmap(NULL, LIST_LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < LIST_PAGES; i++)
		iovas[i] = (uintptr_t)va + i * PAGE_LEN;
	if (rte_extmem_register_dmabuf(va, LIST_LEN, buffer.fd, LIST_OFFSET, iovas, LIST_PAGES,
			PAGE_LEN) != 0)
		give_up("rte_extmem_register_dmabuf", rte_errno);
	mem.buf_ptr = va;
	mem.buf_iova = (uintptr_t)va;
	pool = rte_pktmbuf_pool_create_extbuf("vdev", LIST_PAGES, 0, 0, PAGE_LEN, SOCKET_ID_ANY, &mem,
			1);
	if (pool == NULL)
		give_up("rte_pktmbuf_pool_create_extbuf", rte_errno);
}

static int
start(const struct device *dev, struct rte_mempool *rx_pool)
{
	struct rte_eth_conf conf = { 0 };
	int ret = rte_eth_dev_configure(port, 1, 1, &conf);

	if (ret == 0)
		ret = rte_eth_rx_queue_setup(port, 0, 128, SOCKET_ID_ANY, NULL, rx_pool);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(port, 0, 128, SOCKET_ID_ANY, NULL);
	/* a peer is there first, an interface last */
	if (ret == 0 && dev->far_end == PEER &&
			far_end_open(dev->far_end, dev->interface, port) != 0)
		give_up("no peer", ENODEV);
	if (ret == 0)
		ret = rte_eth_dev_start(port);
	if (ret == 0)
		rte_eth_promiscuous_enable(port);
	if (ret == 0 && dev->far_end == INTERFACE &&
			far_end_open(dev->far_end, dev->interface, port) != 0)
		give_up("no interface", ENODEV);
	return ret;
}

/* With a peer, ports connect when they have started. */
static bool
connects(void)
{
	uint64_t end = rte_get_timer_cycles() + seconds * rte_get_timer_hz();
	struct rte_eth_link link = { .link_status = RTE_ETH_LINK_DOWN };

	while (link.link_status == RTE_ETH_LINK_DOWN && rte_get_timer_cycles() < end)
		if (rte_eth_link_get_nowait(port, &link) != 0)
			break;
	return link.link_status == RTE_ETH_LINK_UP;
}

static bool
log_says(const char *text)
{
	char line[1024];
	bool found = false;

	rewind(log_file);
	while (fgets(line, sizeof(line), log_file) != NULL) {
		fputs(line, stderr);
		found |= strstr(line, text) != NULL;
	}
	return found;
}

/* ---- frames ---- */

/* Count a frame, if it is one of ours: an interface has others, too. */
static void
look(const uint8_t *have, uint32_t len, unsigned int *n, unsigned int *right)
{
	uint8_t want[FRAME_MAX];
	uint64_t seq;

	if (!frame_seq(have, len, &seq))
		return;
	++*n;
	*right += seq < FRAMES && frame_build(want, SEED, seq) == len && memcmp(have, want, len) == 0;
}

static void
take_received(unsigned int *n, unsigned int *right)
{
	struct rte_mbuf *burst[FRAMES];
	unsigned int i, got = rte_eth_rx_burst(port, 0, burst, FRAMES);

	for (i = 0; i < got; i++)
		look(seen(burst[i]), rte_pktmbuf_pkt_len(burst[i]), n, right);
	rte_pktmbuf_free_bulk(burst, got);
}

static void
take_sent(const struct device *dev, unsigned int *n, unsigned int *right)
{
	uint8_t frame[2 * FRAME_MAX];
	size_t len;

	if (dev->far_end == ITSELF)
		take_received(n, right);
	else
		while ((len = far_end_read(frame, sizeof(frame))) > 0)
			look(frame, len, n, right);
}

static const char *
outcome(unsigned int n, unsigned int right)
{
	printf("# %u of %u frames, %u right\n", n, FRAMES, right);
	return right == FRAMES ? RIGHT : n == 0 ? LOST : "wrong bytes";
}

static const char *
transmit(const struct device *dev)
{
	struct rte_mbuf *frames[FRAMES];
	unsigned int i, sent = 0, n = 0, right = 0;
	uint64_t end = rte_get_timer_cycles() + seconds * rte_get_timer_hz();

	if (rte_pktmbuf_alloc_bulk(pool, frames, FRAMES) != 0)
		give_up("no mbufs", ENOMEM);
	for (i = 0; i < FRAMES; i++)
		frames[i]->pkt_len = frames[i]->data_len = frame_build(seen(frames[i]), SEED, i);
	while ((sent < FRAMES || n < FRAMES) && rte_get_timer_cycles() < end) {
		sent += rte_eth_tx_burst(port, 0, frames + sent, FRAMES - sent);
		if (dev->far_end != NOWHERE)
			take_sent(dev, &n, &right);
		else if (sent == FRAMES)
			return GONE;
	}
	printf("# %u of %u accepted\n", sent, FRAMES);
	return outcome(n, right);
}

static const char *
receive(const struct device *dev)
{
	uint64_t end = rte_get_timer_cycles() + seconds * rte_get_timer_hz();
	struct rte_mbuf *burst[FRAMES];
	unsigned int i = 0, n = 0, right = 0;
	uint8_t frame[FRAME_MAX];

	if (dev->far_end == ITSELF)
		return transmit(dev);
	while (n < FRAMES && rte_get_timer_cycles() < end) {
		if (dev->far_end == NOWHERE && rte_eth_rx_burst(port, 0, burst, FRAMES) > 0)
			return GONE;
		if (i < FRAMES && far_end_write(frame, frame_build(frame, SEED, i)))
			i++;
		take_received(&n, &right);
	}
	return outcome(n, right);
}

/* ---- one trial, in a process of its own ---- */

static void
trial(const struct device *dev, bool readable, bool tx, int report)
{
	const bool has_peer = dev->far_end == PEER;
	char *vdev = (char *)(uintptr_t)dev->vdev;
	struct rte_mempool *plain; /* in EAL's own memory */
	char *args[] = { "vdev", "--no-pci", "--in-memory", "--single-file-segments",
		"--no-telemetry", "-l", "0", "--vdev", has_peer ? PEER_VDEV : vdev, "--vdev", vdev };
	const char *expected = (tx ? dev->tx : dev->rx)[!readable], *what;
	int ret;

	seconds = strcmp(expected, LOST) == 0 || strcmp(expected, UNCONNECTED) == 0 ? QUIET_SECONDS :
		PATIENT_SECONDS;
	if (far_end_prepare(dev->far_end, dev->interface) != 0)
		give_up("no interface", ENODEV);
	log_file = tmpfile();
	if (log_file == NULL)
		give_up("no log", errno);
	rte_openlog_stream(has_peer ? log_file : NULL);
	if (rte_eal_init(RTE_DIM(args) - (has_peer ? 0 : 2), args) < 0 ||
			rte_eth_dev_count_avail() != (has_peer ? 2 : 1))
		give_up("no device", ENODEV);
	port = has_peer;
	prepare_memory(readable);
	plain = rte_pktmbuf_pool_create("plain", 8191, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
		SOCKET_ID_ANY);
	if (plain == NULL)
		give_up("no pool", rte_errno);
	ret = start(dev, tx ? plain : pool);
	if (ret != 0)
		what = ret == -EINVAL ? REFUSED : "does not start";
	else if (has_peer && !connects())
		what = log_says("Cannot share the dma-buf") ? UNCONNECTED : "does not connect";
	else
		what = tx ? transmit(dev) : receive(dev);
	if (write(report, what, strlen(what)) < 0)
		exit(EXIT_FAILURE);
	exit(EXIT_SUCCESS);
}

static void
run(const struct device *dev, bool readable, bool tx, char what[64])
{
	int report[2], status;
	ssize_t len;
	pid_t pid;

	fflush(stdout);
	if (pipe(report) != 0)
		give_up("pipe", errno);
	pid = fork();
	if (pid == 0)
		trial(dev, readable, tx, report[1]);
	close(report[1]);
	len = read(report[0], what, 63);
	what[len > 0 ? len : 0] = '\0';
	close(report[0]);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		snprintf(what, 64, "dies of SIG%s", sigabbrev_np(WTERMSIG(status)));
	else if (what[0] == '\0')
		snprintf(what, 64, "exit status %d", WEXITSTATUS(status));
}

int
main(int argc, char **argv)
{
	unsigned int i, n = 0, failed = 0;
	int readable, tx;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < RTE_DIM(devices); i++) {
		const struct device *dev = &devices[i];

		if (argc > 1 && strcmp(argv[1], dev->name) != 0)
			continue;
		for (readable = 1; readable >= 0; readable--) {
			for (tx = 1; tx >= 0; tx--) {
				const char *expected = (tx ? dev->tx : dev->rx)[!readable];
				char what[64];

				run(dev, readable, tx, what);
				failed += strcmp(what, expected) != 0;
				printf("%sok %u - %s %s %s: %s\n", strcmp(what, expected) ? "not " : "",
					++n, dev->name, tx ? "sends from" : "receives into",
					readable ? "memory that the CPU reads" : "placeholders", what);
			}
		}
	}
	printf("1..%u\n", n);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
