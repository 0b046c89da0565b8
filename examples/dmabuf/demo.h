/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef _DEMO_H_
#define _DEMO_H_

/*
 * Two processes share each dma-buf. The mover runs EAL and the NICs and knows the memory by its
 * own virtual addresses. The checker runs no DPDK at all: it maps the dma-buf itself and finds
 * every packet by the offset that EAL gives for it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One mbuf has one page, so that no packet buffer crosses into another physical page. */
#define PAGE_LEN 4096u
#define SLICE_PAGES 512u
#define SLICE_LEN ((size_t)SLICE_PAGES * PAGE_LEN)
#define SLICES 2u /* ranges of each dma-buf that are registered, each a memseg list of its own */
#define SLICE_GAP_LEN ((size_t)3 * 1024 * 1024 + 65536)
#define BUFFER_LEN ((size_t)8 * 1024 * 1024)
#define BATCH 64u

enum { UDMABUF, DMA_HEAP, BAR, BUFFERS };
enum { ROLE_TX, ROLE_RX, ROLES };

/* A dma-buf that the kernel made (exporter.c). */
struct buffer {
	char exporter[32]; /* as the kernel names it */
	size_t size;
	int fd;
	int memfd; /* the file whose pages a udmabuf has, or -1 */
	int map_fd; /* by which the CPU maps it: the dma-buf, or the device whose BAR it is */
	uint64_t map_offset;
	int file; /* the virtual machine's host has a BAR's bytes in it, or -1 */
};

int buffer_init(struct buffer *buf, size_t size, int fd, const char *kind);
int buffer_create_udmabuf(struct buffer *buf, size_t size);
int buffer_create_heap(struct buffer *buf, size_t size);
int buffer_create_bar(struct buffer *buf, const char *address, const char *host_file);
void *buffer_map(int fd, size_t offset, size_t len);
void *buffer_map_physical(int fd, size_t offset, size_t n_pages, uint64_t *pages);
void buffer_close(struct buffer *buf);
int dmabuf_sync(int fd, uint64_t flags);

/* Where a slice starts in its dma-buf: the first at 0, the second past a gap. */
static inline size_t
slice_offset(unsigned int slice)
{
	return slice * (SLICE_LEN + SLICE_GAP_LEN);
}

/* The frames (frame.c): a seed and a sequence number say their length and each byte. */
#define FRAME_MIN 64u
#define FRAME_MAX 1514u
#define FRAME_TYPE 0x88B5u /* EtherType for local experiments */
#define FRAME_SEQ_OFFSET 14u

uint32_t frame_build(uint8_t frame[FRAME_MAX], uint64_t seed, uint64_t seq);
bool frame_seq(const uint8_t *frame, uint32_t len, uint64_t *seq);

/* What the mover tells the checker, over a SOCK_SEQPACKET socket. */
enum message_type {
	MESSAGE_LIST,    /* a list that is going to carry packets */
	MESSAGE_PACKETS, /* packets to check; the answer is the number of mismatches, a uint32_t */
};

struct message {
	enum message_type type;
	uint32_t buffer; /* UDMABUF, DMA_HEAP or BAR */
	uint32_t slice;
	uint32_t role;   /* of packets */
	uint32_t n;      /* number of packets */
	union {
		struct list_info {
			uint64_t offset;
			uintptr_t va;
			int fd;
			int index;
			char route[12];
		} list;
		struct packet_place {
			uint64_t offset; /* in the dma-buf */
			uint64_t seq;
			uint32_t len;
		} packets[BATCH];
	};
};

/* The checker (checker.c), and what it counted. */
struct row {
	struct list_info list;
	bool used;
	uint64_t packets[ROLES];
	uint64_t bytes[ROLES];
	uint64_t mismatches[ROLES];
};

struct checker {
	const struct buffer *buffers;
	void *maps[BUFFERS];
	uint64_t seed;
	uint64_t n_seen;
	uint64_t n_expected;
	uint8_t *seen; /* one flag for each sequence number */
	struct row rows[BUFFERS][SLICES];
};

int checker_start(struct checker *checker);
int checker_serve(struct checker *checker, int sock);
uint64_t checker_report(const struct checker *checker);
const char *grouped(uint64_t value, char text[32]);
void checker_stop(struct checker *checker);

/* The mover (mover.c). */
struct mover_config {
	const char *nics[2];      /* PCI addresses */
	bool physical;            /* the NICs bypass the IOMMU: give them physical addresses */
	bool todo[BUFFERS];       /* buffers to carry packets in */
	uint64_t packets;         /* through each list, in each role */
	uint64_t seed;
	bool corrupt;             /* flip one byte of the first packet received */
	const char *program;
	char **eal_args;          /* the user's own */
	int n_eal_args;
};

int mover_run(const struct mover_config *config, struct buffer *buffers, int sock);

#endif /* _DEMO_H_ */
