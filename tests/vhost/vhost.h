/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef VHOST_H
#define VHOST_H

/*
 * Two primary processes: the front, which has dma-bufs and a port of virtio-user, and the back,
 * with lib/vhost, which gets the memory of the front. A third process is a secondary one of the
 * front. The front tells the other two what to do.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <rte_mempool.h>

#define PAGE_LEN_OF_TEST 4096u
#define LIST_PAGES 512u
#define LIST_LEN ((size_t)LIST_PAGES * PAGE_LEN_OF_TEST)
#define SEED 20261129
#define QUIET_SECONDS 5
#define CONNECT_SECONDS 20
#define PREFIX "vhost_front"

enum op {
	/* the back */
	OP_WAIT,     /* until the front is connected, or disconnected if n is 0 */
	OP_RECEIVE,  /* n frames that follow each other from number at */
	OP_COUNT,    /* n frames that are not looked at */
	OP_SEND,     /* n frames from number at */
	OP_REGION,   /* what it has of addresses at and len */
	OP_MARK,     /* write value + i to page i of n from address at */
	OP_SEE,      /* count those that are not there */
	/* the secondary process */
	OP_REGISTER, /* a udmabuf of len bytes, from offset value on, at address at */
	OP_UNREGISTER,
	OP_ATTACH,
	OP_DETACH,
	OP_END,
};

struct call {
	enum op op;
	uint64_t at;
	uint64_t len;
	uint64_t n;
	uint64_t value;
	/* the result */
	int error;           /* rte_errno, or 0 */
	uint64_t packets;
	uint64_t bytes;
	uint64_t mismatches;
	uint64_t n_regions;  /* all that the back has */
	uint64_t offset;     /* of the region, in its file */
};

/* The other processes (others.c). */
struct other {
	pid_t pid;
	int sock;
};

bool other_start(struct other *other, const char *role, const char *socket, const char *mode);
bool other_begin(const struct other *other, const struct call *call);
bool other_finish(const struct other *other, struct call *call);
bool other_do(const struct other *other, struct call *call);
void other_kill(struct other *other);
int back_main(int sock, const char *path, const char *mode);
int secondary_main(int sock);

/* Frames in memory that the caller sees his own way (packets.c). */
struct count {
	uint64_t packets;
	uint64_t bytes;
	uint64_t mismatches;
};

/* Does a frame have the bytes that its number says? Counts it. */
void frame_check(const uint8_t *bytes, uint32_t len, uint64_t first, uint64_t n, uint8_t *seen,
		struct count *count);

/* Memory of the front (memory.c). */
struct memory {
	const char *name;
	uint8_t *va;
	uint8_t *other;      /* the same pages, mapped by the dma-buf's own descriptor */
	uint64_t offset;
	int fd;              /* of the dma-buf, the test's own */
	bool registered;
	struct rte_mempool *pool;
};

bool memory_create(struct memory *mem, const char *exporter, uint64_t offset, void *va);
bool memory_register(struct memory *mem);
bool memory_unregister(struct memory *mem);
bool memory_pool(struct memory *mem);
void memory_close(struct memory *mem);

/* The front's port (port.c). */
#define NAME "net_virtio_user0"
bool port_plug(const char *path, const char *args);
int port_start(struct rte_mempool *rx_pool);
bool port_unplug(void);
uint64_t port_send(struct rte_mempool *pool, uint64_t first, uint64_t n);
uint64_t port_send_as_they_are(struct rte_mempool *pool, uint64_t n);
void port_receive(const struct memory *mem, uint64_t first, uint64_t n, struct count *count);
extern uint16_t port;

#endif /* VHOST_H */
