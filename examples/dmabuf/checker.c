/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * The other process: maps each dma-buf whole, from its start, and compares the packets that the
 * mover announces with what they should be. No DPDK here.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "demo.h"

int
checker_start(struct checker *checker)
{
	unsigned int i;

	checker->seen = calloc(checker->n_expected, 1);
	if (checker->seen == NULL) {
		fprintf(stderr, "dmabuf-demo: no memory for %" PRIu64 " flags\n",
			checker->n_expected);
		return -1;
	}
	for (i = 0; i < BUFFERS; i++) {
		const struct buffer *buf = &checker->buffers[i];

		if (buf->fd < 0)
			continue;
		checker->maps[i] = buf->file < 0 ?
			buffer_map(buf->map_fd, buf->map_offset, buf->size) : calloc(1, buf->size);
		if (checker->maps[i] == NULL)
			return -1;
	}
	return 0;
}

void
checker_stop(struct checker *checker)
{
	unsigned int i;

	for (i = 0; i < BUFFERS; i++) {
		if (checker->maps[i] != NULL && checker->buffers[i].file < 0)
			munmap(checker->maps[i], checker->buffers[i].size);
		else
			free(checker->maps[i]);
	}
	free(checker->seen);
}

/* Whether a packet is in its place; the first of each row that is not is described. */
static bool
check_packet(struct checker *checker, const struct message *msg, const struct packet_place *place)
{
	const struct buffer *buf = &checker->buffers[msg->buffer];
	struct row *row = &checker->rows[msg->buffer][msg->slice];
	bool first = row->mismatches[msg->role] == 0;
	uint8_t want[FRAME_MAX];
	const uint8_t *have;
	uint32_t len, i;

	if (msg->role == ROLE_RX) {
		if (place->seq >= checker->n_expected || checker->seen[place->seq]) {
			fprintf(stderr, "mismatch: packet %" PRIu64 " came twice\n", place->seq);
			return false;
		}
		checker->seen[place->seq] = 1;
		checker->n_seen++;
	}
	len = frame_build(want, checker->seed, place->seq);
	if (place->len != len || place->offset > buf->size || buf->size - place->offset < len) {
		if (first)
			fprintf(stderr, "mismatch: packet %" PRIu64 " has %u bytes, not %u, "
				"at offset %#" PRIx64 " of %s\n", place->seq, place->len, len,
				place->offset, buf->exporter);
		return false;
	}
	have = (const uint8_t *)checker->maps[msg->buffer] + place->offset;
	if (memcmp(have, want, len) != 0) {
		for (i = 0; i < len - 1 && have[i] == want[i]; i++)
			;
		if (first)
			fprintf(stderr, "mismatch: packet %" PRIu64 " at offset %#" PRIx64
				" of %s: byte %u is %#04x, not %#04x\n", place->seq,
				place->offset, buf->exporter, i, have[i], want[i]);
		return false;
	}
	return true;
}

/* Read from the file of the host what the packets of a message have there. */
static int
read_packets(const struct checker *checker, const struct message *msg)
{
	const struct buffer *buf = &checker->buffers[msg->buffer];
	uint64_t from = buf->size, to = 0;
	uint32_t i;

	for (i = 0; i < msg->n; i++) {
		const struct packet_place *place = &msg->packets[i];

		if (place->offset > buf->size || buf->size - place->offset < place->len)
			continue; /* check_packet() says it */
		from = place->offset < from ? place->offset : from;
		to = place->offset + place->len > to ? place->offset + place->len : to;
	}
	while (from < to) {
		ssize_t n = pread(buf->file, (uint8_t *)checker->maps[msg->buffer] + from,
				to - from, from);

		if (n <= 0) {
			fprintf(stderr, "dmabuf-demo: the host's file of the BAR: %s\n",
				n < 0 ? strerror(errno) : "it is too short");
			return -1;
		}
		from += n;
	}
	return 0;
}

static int
check_packets(struct checker *checker, const struct message *msg, uint32_t *n_mismatches)
{
	struct row *row = &checker->rows[msg->buffer][msg->slice];
	int fd = checker->buffers[msg->buffer].fd;
	uint32_t i;

	if (dmabuf_sync(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ) != 0)
		return -1;
	if (checker->buffers[msg->buffer].file >= 0 && read_packets(checker, msg) != 0)
		return -1;
	*n_mismatches = 0;
	for (i = 0; i < msg->n; i++) {
		row->packets[msg->role]++;
		row->bytes[msg->role] += msg->packets[i].len;
		if (!check_packet(checker, msg, &msg->packets[i])) {
			row->mismatches[msg->role]++;
			(*n_mismatches)++;
		}
	}
	return dmabuf_sync(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
}

/* Serve one mover until it closes its end of the socket. */
int
checker_serve(struct checker *checker, int sock)
{
	struct message msg;
	uint32_t answer;
	ssize_t len;

	for (;;) {
		do {
			len = recv(sock, &msg, sizeof(msg), 0);
		} while (len < 0 && errno == EINTR);
		if (len == 0)
			return 0;
		if (len != sizeof(msg) || msg.buffer >= BUFFERS || msg.slice >= SLICES ||
				msg.role >= ROLES || msg.n > BATCH) {
			fprintf(stderr, "dmabuf-demo: the checker got a bad message\n");
			return -1;
		}
		answer = 0;
		if (msg.type == MESSAGE_LIST) {
			checker->rows[msg.buffer][msg.slice].list = msg.list;
			checker->rows[msg.buffer][msg.slice].used = true;
		} else if (check_packets(checker, &msg, &answer) != 0) {
			return -1;
		}
		if (send(sock, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			return 0; /* the mover has ended; its exit status says how */
	}
}

/* A number with commas. */
const char *
grouped(uint64_t value, char text[32])
{
	char digits[32];
	int n, i, at = 0;

	n = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	for (i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

/* Print the table and return the number of mismatches. */
uint64_t
checker_report(const struct checker *checker)
{
	char size[32], packets[32], bytes[32], mismatches[32];
	uint64_t total = 0;
	unsigned int i;

	for (i = 0; i < BUFFERS && !checker->rows[i][0].used; i++)
		;
	if (i == BUFFERS)
		return 0;
	printf("\n%-13s %5s %8s  %-14s %5s %4s  %-8s %4s %8s %12s %10s\n", "exporter", "size",
		"offset", "VA", "fd", "list", "route", "role", "packets", "bytes", "mismatches");
	for (i = 0; i < BUFFERS * SLICES * ROLES; i++) {
		unsigned int buffer = i / (SLICES * ROLES), role = i % ROLES;
		const struct row *row = &checker->rows[buffer][i / ROLES % SLICES];

		if (!row->used)
			continue;
		snprintf(size, sizeof(size), "%zu MiB", checker->buffers[buffer].size >> 20);
		printf("%-13s %5s %#8" PRIx64 "  %-#14" PRIxPTR " %5d %4d  %-8s %4s %8s %12s %10s\n",
			checker->buffers[buffer].exporter, size, row->list.offset, row->list.va,
			row->list.fd, row->list.index, row->list.route,
			role == ROLE_TX ? "tx" : "rx", grouped(row->packets[role], packets),
			grouped(row->bytes[role], bytes),
			grouped(row->mismatches[role], mismatches));
		total += row->mismatches[role];
	}
	return total;
}
