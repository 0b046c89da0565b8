/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* The back, the secondary process of the front, and how they are told what to do. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <rte_vhost.h>

#include "demo.h"
#include "vhost.h"

#define BURST 32u
#define RX_QUEUE 0 /* of the front */
#define TX_QUEUE 1

/* ---- starting and telling ---- */

bool
other_start(struct other *other, const char *role, const char *path, const char *mode)
{
	int socks[2];
	char number[16];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) != 0)
		return false;
	fflush(stdout);
	other->pid = fork();
	if (other->pid == 0) {
		int sock = dup(socks[1]); /* which stays open */

		/* results are the front's to print */
		dup2(STDERR_FILENO, STDOUT_FILENO);
		snprintf(number, sizeof(number), "%d", sock);
		execl("/proc/self/exe", "vhost", role, number, path, mode, (char *)NULL);
		_exit(127);
	}
	close(socks[1]);
	other->sock = socks[0];
	/* the first result says that it is there */
	return other_finish(other, &(struct call){ .op = OP_END });
}

bool
other_begin(const struct other *other, const struct call *call)
{
	return send(other->sock, call, sizeof(*call), MSG_NOSIGNAL) == sizeof(*call);
}

bool
other_finish(const struct other *other, struct call *call)
{
	if (recv(other->sock, call, sizeof(*call), 0) == sizeof(*call) && call->error == 0)
		return true;
	printf("# process %d: operation %d: %s\n", other->pid, call->op, strerror(call->error));
	return false;
}

bool
other_do(const struct other *other, struct call *call)
{
	return other_begin(other, call) && other_finish(other, call);
}

void
other_kill(struct other *other)
{
	kill(other->pid, SIGKILL);
	waitpid(other->pid, NULL, 0);
	close(other->sock);
}

static int
serve(int sock, void (*act)(struct call *call))
{
	struct call call = { .op = OP_END };

	do {
		call.error = 0;
		if (call.op != OP_END)
			act(&call);
		if (send(sock, &call, sizeof(call), MSG_NOSIGNAL) != sizeof(call))
			break;
	} while (recv(sock, &call, sizeof(call), 0) == sizeof(call) && call.op != OP_END);
	return EXIT_SUCCESS;
}

/* ---- the back ---- */

static volatile int vid = -1;
static struct rte_mempool *back_pool;

static int
connected(int id)
{
	rte_vhost_enable_guest_notification(id, RX_QUEUE, 0);
	rte_vhost_enable_guest_notification(id, TX_QUEUE, 0);
	vid = id;
	return 0;
}

static void
disconnected(int id __rte_unused)
{
	vid = -1;
}

static const struct rte_vhost_device_ops ops = {
	.new_device = connected,
	.destroy_device = disconnected,
};

static bool
is_late(uint64_t since, unsigned int seconds)
{
	return rte_get_timer_cycles() - since > seconds * rte_get_timer_hz();
}

static void
wait_for(struct call *call)
{
	uint64_t since = rte_get_timer_cycles();

	while ((vid >= 0) != (call->n > 0)) {
		if (is_late(since, CONNECT_SECONDS)) {
			call->error = ETIMEDOUT;
			break;
		}
		rte_delay_us_sleep(1000);
	}
}

static void
back_receive(struct call *call)
{
	struct rte_mbuf *frames[BURST];
	uint8_t *seen = calloc(call->n, 1);
	uint64_t since = rte_get_timer_cycles();
	struct count count = { 0 };
	unsigned int i, n;

	while (count.packets < call->n && !is_late(since, QUIET_SECONDS)) {
		n = rte_vhost_dequeue_burst(vid, TX_QUEUE, back_pool, frames, BURST);
		if (n > 0)
			since = rte_get_timer_cycles();
		if (call->op == OP_COUNT)
			count.packets += n;
		for (i = 0; i < n && call->op == OP_RECEIVE; i++)
			frame_check(rte_pktmbuf_mtod(frames[i], const uint8_t *),
				frames[i]->pkt_len, call->at, call->n, seen, &count);
		rte_pktmbuf_free_bulk(frames, n);
	}
	free(seen);
	call->packets = count.packets;
	call->bytes = count.bytes;
	call->mismatches = count.mismatches;
}

static void
back_send(struct call *call)
{
	uint64_t since = rte_get_timer_cycles();
	struct rte_mbuf *frame;

	call->packets = 0;
	while (call->packets < call->n && !is_late(since, QUIET_SECONDS)) {
		uint8_t *bytes;

		frame = rte_pktmbuf_alloc(back_pool);
		bytes = rte_pktmbuf_mtod(frame, uint8_t *);
		rte_pktmbuf_append(frame, frame_build(bytes, SEED, call->at + call->packets));
		while (rte_vhost_enqueue_burst(vid, RX_QUEUE, &frame, 1) == 0 &&
				!is_late(since, QUIET_SECONDS))
			;
		if (!is_late(since, QUIET_SECONDS)) {
			since = rte_get_timer_cycles();
			call->packets++;
		}
		rte_pktmbuf_free(frame);
	}
}

/* The back's own address of the front's address; NULL if it has it not. */
static uint8_t *
find(struct call *call)
{
	struct rte_vhost_memory *mem = NULL;
	uint8_t *found = NULL;
	uint32_t i;

	call->n_regions = 0;
	if (rte_vhost_get_mem_table(vid, &mem) != 0)
		return NULL;
	call->n_regions = mem->nregions;
	for (i = 0; i < mem->nregions; i++) {
		const struct rte_vhost_mem_region *region = &mem->regions[i];

		if (call->at - region->guest_phys_addr >= region->size ||
				call->len > region->size - (call->at - region->guest_phys_addr))
			continue;
		found = (uint8_t *)(uintptr_t)region->host_user_addr +
			(call->at - region->guest_phys_addr);
		call->offset = (uintptr_t)found - (uintptr_t)region->mmap_addr;
	}
	free(mem);
	return found;
}

static void
back_act(struct call *call)
{
	volatile uint8_t *pages;
	uint64_t i;

	switch (call->op) {
	case OP_WAIT:
		wait_for(call);
		break;
	case OP_RECEIVE:
	case OP_COUNT:
		back_receive(call);
		break;
	case OP_SEND:
		back_send(call);
		break;
	case OP_REGION:
		call->packets = find(call) != NULL;
		break;
	case OP_MARK:
	case OP_SEE:
		pages = find(call);
		if (pages == NULL) {
			call->error = EFAULT;
			break;
		}
		call->mismatches = 0;
		for (i = 0; i < call->n; i++) {
			volatile uint64_t *page = (volatile uint64_t *)(pages +
				i * PAGE_LEN_OF_TEST);

			if (call->op == OP_MARK)
				*page = call->value + i;
			else
				call->mismatches += *page != call->value + i;
		}
		break;
	default:
		call->error = EINVAL;
	}
}

int
back_main(int sock, const char *path, const char *mode)
{
	char *args[] = {
		"back", "-l", "1", "-m", "64", "--in-memory", "--single-file-segments", "--no-pci",
		"--no-telemetry",
	};
	uint64_t flags = strcmp(mode, "client") == 0 ? RTE_VHOST_USER_CLIENT : 0;

	if (rte_eal_init(RTE_DIM(args), args) < 0)
		return EXIT_FAILURE;
	back_pool = rte_pktmbuf_pool_create("back", 1023, 0, 0, 2048, SOCKET_ID_ANY);
	if (back_pool == NULL || rte_vhost_driver_register(path, flags) != 0 ||
			rte_vhost_driver_callback_register(path, &ops) != 0 ||
			rte_vhost_driver_start(path) != 0)
		return EXIT_FAILURE;
	return serve(sock, back_act);
}

/* ---- the secondary process ---- */

static void
secondary_act(struct call *call)
{
	void *at = (void *)(uintptr_t)call->at;
	struct buffer buf;
	int ret = -1;

	rte_errno = EINVAL;
	switch (call->op) {
	case OP_REGISTER:
		if (buffer_create_udmabuf(&buf, call->value + call->len) != 0)
			break;
		/* the test's own descriptor stays open for the front to map it by */
		ret = rte_extmem_register_dmabuf(at, call->len, buf.fd, call->value, NULL, 0,
			PAGE_LEN_OF_TEST);
		buffer_close(&buf);
		break;
	case OP_UNREGISTER:
		ret = rte_extmem_unregister(at, call->len);
		break;
	case OP_ATTACH:
		ret = rte_extmem_attach(at, call->len);
		break;
	case OP_DETACH:
		ret = rte_extmem_detach(at, call->len);
		break;
	default:
		break;
	}
	call->error = ret == 0 ? 0 : rte_errno;
}

int
secondary_main(int sock)
{
	char *args[] = {
		"secondary", "-l", "1", "--proc-type=secondary", "--file-prefix=" PREFIX, "--no-pci",
		"--no-telemetry",
	};

	if (rte_eal_init(RTE_DIM(args), args) < 0)
		return EXIT_FAILURE;
	return serve(sock, secondary_act);
}
