/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef P2P_H
#define P2P_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <rte_dev.h>
#include <rte_mempool.h>

#define LIST_PAGES 256u
#define LIST_LEN ((size_t)LIST_PAGES * 4096)

/* The device and its owner, a process that runs no DPDK (memory.c). */
struct owner {
	pid_t pid;
	int device;          /* this process's descriptor of the device */
	int dmabuf;          /* of the whole BAR */
	unsigned int bar;
	uint64_t bar_offset; /* of the BAR, in the descriptor of the device */
	uint64_t bar_len;
	int file;            /* the host's, with the bytes of the BAR */
};

bool owner_start(struct owner *owner, const char *address, const char *host_file);
void owner_kill(struct owner *owner);
bool device_memory(const struct owner *owner, bool on);

/* Memory that packets can be in: a list of a dma-buf, or hugepages (memory.c). */
struct memory {
	const char *name;
	uint8_t *va;         /* NULL for hugepages */
	uint64_t offset;     /* in the dma-buf */
	int file;            /* where else its bytes can be seen, or -1 */
	uint64_t file_offset;
	struct rte_device *device; /* that it is mapped for */
	struct rte_mempool *pool;
};

bool memory_of_bar(struct memory *mem, const struct owner *owner, int dmabuf, uint64_t in_bar,
		uint64_t in_dmabuf);
bool memory_of_udmabuf(struct memory *mem);
bool memory_map(struct memory *mem, struct rte_device *device);
bool memory_pool(struct memory *mem, unsigned int number);
bool memory_close(struct memory *mem);
/* The bytes at an address of the memory, as seen the other way. */
bool memory_read(const struct memory *mem, const void *va, void *bytes, size_t len);

/* The two NICs, cabled to each other (nics.c). */
struct rte_device *nics_find(char *addresses[2]);
bool nics_start(struct memory *tx, struct memory *rx);
void nics_stop(void);
/* Send frames; returns how many were received with the right bytes, or -1 if they could not be sent. */
int nics_exchange(struct memory *tx, struct memory *rx, unsigned int *received);

#define FRAMES 64u

#endif /* P2P_H */
