/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* The port of virtio-user. */

#include <stdio.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <rte_alarm.h>
#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "demo.h"
#include "vhost.h"

#define BURST 32u
#define FRAME_LEN_AS_IT_IS 1500

uint16_t port;

bool
port_plug(const char *path, const char *args)
{
	char all[256];
	int ret;

	snprintf(all, sizeof(all), "path=%s,queue_size=256%s%s", path, *args ? "," : "", args);
	ret = rte_eal_hotplug_add("vdev", NAME, all);
	if (ret == 0)
		ret = rte_eth_dev_get_port_by_name(NAME, &port);
	if (ret != 0)
		printf("# %s with %s: %s\n", NAME, all, strerror(-ret));
	return ret == 0;
}

static void
set_true(void *arg)
{
	atomic_store((atomic_bool *)arg, true);
}

/* Wait until EAL's interrupt thread, which has the alarms too, has nothing else to do. */
static void
wait_for_interrupts(void)
{
	static atomic_bool done;
	int i;

	/* what woke it together with the first alarm may come after that one */
	for (i = 0; i < 2; i++) {
		atomic_store(&done, false);
		if (rte_eal_alarm_set(1, set_true, &done) != 0)
			return;
		while (!atomic_load(&done))
			rte_pause();
	}
}

/* Returns what rte_eth_dev_start() does. */
int
port_start(struct rte_mempool *rx_pool)
{
	struct rte_eth_conf conf = { .intr_conf.lsc = 1 }; /* to see that the back is gone */
	int ret;

	rte_eth_dev_stop(port);
	ret = rte_eth_dev_configure(port, 1, 1, &conf);
	if (ret == 0)
		ret = rte_eth_rx_queue_setup(port, 0, 256, SOCKET_ID_ANY, NULL, rx_pool);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(port, 0, 256, SOCKET_ID_ANY, NULL);
	if (ret != 0) {
		printf("# the port can't be configured: %s\n", strerror(-ret));
		return 1;
	}
	return rte_eth_dev_start(port);
}

/*
 * With an unmodified DPDK, too, virtio_dev_close() closes a descriptor twice when the port has LSC
 * interrupts: in rte_intr_efd_disable(), and with virtio-user's queues. The interrupt thread opens
 * one after a port was stopped: not in between.
 */
bool
port_unplug(void)
{
	rte_eth_dev_stop(port);
	wait_for_interrupts();
	return rte_eal_hotplug_remove("vdev", NAME) == 0;
}

static bool
is_quiet(uint64_t since)
{
	return rte_get_timer_cycles() - since > QUIET_SECONDS * rte_get_timer_hz();
}

/* Returns how many were sent. With first == NULL, packets are what was in the memory before. */
static uint64_t
send_frames(struct rte_mempool *pool, const uint64_t *first, uint64_t n)
{
	struct rte_mbuf *frames[BURST];
	uint64_t n_sent = 0, since = rte_get_timer_cycles();
	unsigned int i, burst, done;

	while (n_sent < n && !is_quiet(since)) {
		burst = RTE_MIN(n - n_sent, (uint64_t)BURST);
		if (rte_pktmbuf_alloc_bulk(pool, frames, burst) != 0)
			break;
		for (i = 0; i < burst; i++)
			rte_pktmbuf_append(frames[i], first == NULL ? FRAME_LEN_AS_IT_IS :
				frame_build(rte_pktmbuf_mtod(frames[i], uint8_t *), SEED,
					*first + n_sent + i));
		for (done = 0; done < burst && !is_quiet(since); ) {
			unsigned int now = rte_eth_tx_burst(port, 0, frames + done, burst - done);

			done += now;
			if (now > 0)
				since = rte_get_timer_cycles();
		}
		rte_pktmbuf_free_bulk(frames + done, burst - done);
		n_sent += done;
	}
	return n_sent;
}

uint64_t
port_send(struct rte_mempool *pool, uint64_t first, uint64_t n)
{
	return send_frames(pool, &first, n);
}

uint64_t
port_send_as_they_are(struct rte_mempool *pool, uint64_t n)
{
	return send_frames(pool, NULL, n);
}

/* The bytes are looked at by the other mapping. */
void
port_receive(const struct memory *mem, uint64_t first, uint64_t n, struct count *count)
{
	struct rte_mbuf *frames[BURST];
	uint8_t *seen = calloc(n, 1);
	uint64_t since = rte_get_timer_cycles();
	unsigned int i, burst;

	*count = (struct count){ 0 };
	while (count->packets < n && !is_quiet(since)) {
		burst = rte_eth_rx_burst(port, 0, frames, BURST);
		if (burst > 0)
			since = rte_get_timer_cycles();
		for (i = 0; i < burst; i++) {
			const uint8_t *bytes = rte_pktmbuf_mtod(frames[i], const uint8_t *);

			frame_check(mem->other + (bytes - mem->va), frames[i]->pkt_len, first, n,
				seen, count);
		}
		rte_pktmbuf_free_bulk(frames, burst);
	}
	free(seen);
}
