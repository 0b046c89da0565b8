/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef BED_H
#define BED_H

/*
 * What the tests of registration share: EAL with mlx5 devices on the model HCA, dma-bufs that the
 * kernel made, and ways from an address to the bytes of the dma-buf behind it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "model.h"

/* mlx5's options, by device */
enum {
	BED_PLAIN,      /* as they are by default */
	BED_PAGEWISE,   /* mr_ext_memseg_en=0: a memory region for each page that is missed */
	BED_NO_MEMPOOL, /* mr_mempool_reg_en=0: no registration of pools */
};

/* A dma-buf, part of which is a memseg list. */
struct bed_list {
	char *va;
	size_t len;
	size_t page_sz;
	int fd;
	uint64_t offset;
	size_t size; /* of the dma-buf */
	char *view; /* all of it, mapped elsewhere */
	bool readable; /* the CPU can read at va */
	void *reserved;
	size_t reserved_len;
};

/* EAL; exits if it does not start. More arguments may follow the program's name. */
void bed_start(int argc, char **argv, const char *process_type);
void bed_stop(void);
struct ibv_pd *bed_pd(unsigned int device);
struct rte_device *bed_rte_device(unsigned int device);

/* Random numbers, the same for the same seed. */
void bed_seed(uint64_t seed);
uint64_t bed_random(uint64_t below);

/* Makes a dma-buf; create_dmabuf() unless set otherwise. */
extern int (*bed_create_dmabuf)(size_t len);
/* From now on, until false: a memfd is taken for a dma-buf. What uses it has to say so. */
void bed_stand_in(bool on);
/* Make a list at an address of the kernel's choice, or at va where that is not NULL. */
void bed_list_make(struct bed_list *list, size_t len, size_t page_sz, uint64_t offset,
		bool readable, char *va);
/* A list at whose addresses is ordinary memory, which the kernel would register. */
void bed_list_make_pinnable(struct bed_list *list, size_t len, size_t page_sz, uint64_t offset);
/* A list whose place, length, page size and offset are random. */
void bed_list_make_random(struct bed_list *list);
void bed_list_free(struct bed_list *list);
/* The same, of a list that is unregistered already. */
void bed_list_release(struct bed_list *list);

/*
 * Have the NIC write and read random bytes by key and address, and look at the dma-buf. Returns
 * NULL if they landed where they belong, and nowhere else; otherwise what is wrong.
 */
const char *bed_move(const struct bed_list *list, struct ibv_pd *pd, uint32_t lkey, char *addr,
		size_t len);

/* Does a driver's registration work for memory that is no dma-buf? */
bool bed_ordinary_has_key(struct ibv_mr *(*reg_mr)(struct ibv_pd *pd, void *addr, size_t len, int access),
		int (*dereg_mr)(struct ibv_mr *mr));

/*
 * A pool of n mbufs with external buffers of elt_size bytes, all of which are the mbuf's, in part of each
 * list.
 */
struct rte_mempool *bed_extbuf_pool(const char *name, unsigned int n, uint16_t elt_size,
		const struct rte_pktmbuf_extmem *memory, unsigned int n_memory);
struct rte_pktmbuf_extmem bed_extmem(void *va, size_t len, uint16_t elt_size);

/* A pool of ordinary mbufs in some memory, populated chunk by chunk. */
struct rte_mempool *bed_pool(const char *name, unsigned int n);
unsigned int bed_pool_add(struct rte_mempool *pool, void *addr, size_t len);

/* What DPDK logs from now on, until bed_log_end(), whose result the caller frees. */
void bed_log_start(void);
char *bed_log_end(void);
unsigned int bed_count(const char *text, const char *word);

#endif /* BED_H */
