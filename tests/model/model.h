/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef MODEL_H
#define MODEL_H

/*
 * What the API of external memory is to do, as its documentation says: sets of ranges, descriptors
 * and owners. Calls nothing of DPDK.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTS 128 /* RTE_MAX_MEMSEG_LISTS */
#define MEMSEG_BYTES 48 /* of struct rte_memseg, on 64-bit machines */
#define HEAPS 2
#define MAPPINGS 32 /* more than a sequence has calls */

struct list {
	bool used, external, dmabuf, attached;
	int heap; /* number of a heap plus 1, or 0 */
	unsigned int n_objects; /* that are allocated from it */
	uintptr_t va;
	size_t len, page_sz;
	uint64_t inode, offset;
	uint64_t iova; /* of its first page, the others follow; or 0 for none */
	int socket;
};

struct model {
	struct list lists[LISTS]; /* by list number, as EAL takes the first one that is free */
	bool number_in_use[LISTS]; /* the descriptor's of a list, by somebody else */
	int next_socket;
	struct {
		bool used;
		int socket;
	} heaps[HEAPS];
	struct mapping {
		uintptr_t va;
		size_t len;
	} mappings[MAPPINGS]; /* of parts of dma-bufs for a device, in their order */
	unsigned int n_mappings;
};

/* A descriptor that the caller passes. */
struct source {
	bool open, dmabuf;
	uint64_t inode, size;
};

/* What a function that is documented returns: 0, or -1 with rte_errno. */
#define MODEL_OK 0
#define MODEL_ANY_ERROR -1 /* ordinary memory: what the unmodified DPDK does is no contract of ours */
#define MODEL_AS_MAPPED -2 /* OK, or EADDRNOTAVAIL if something is mapped where its memsegs were */
#define MODEL_UNDEFINED -3 /* not to be called: an unmodified DPDK loses track, too */

int model_register_dmabuf(struct model *m, uintptr_t va, size_t len, const struct source *source,
		uint64_t offset, bool has_iovas, unsigned int n_pages, size_t page_sz, uint64_t iova);
int model_register(struct model *m, uintptr_t va, size_t len, bool has_iovas, unsigned int n_pages,
		size_t page_sz, uint64_t iova);
int model_unregister(struct model *m, uintptr_t va, size_t len);
int model_attach(struct model *m, uintptr_t va, size_t len);
int model_detach(struct model *m, uintptr_t va, size_t len);

int model_heap_create(struct model *m, unsigned int heap);
int model_heap_destroy(struct model *m, unsigned int heap);
int model_heap_add(struct model *m, unsigned int heap, uintptr_t va, size_t len, size_t page_sz);
int model_heap_remove(struct model *m, unsigned int heap, uintptr_t va, size_t len);

int model_dma_map(struct model *m, uintptr_t va, size_t len);
int model_dma_unmap(struct model *m, uintptr_t va, size_t len);

/* The number of the list that an address is in, the first if there are several; LISTS if none. */
unsigned int model_find(const struct model *m, uintptr_t addr);
/* That of the dma-buf with the lowest address of a range. */
unsigned int model_find_dmabuf(const struct model *m, uintptr_t addr, size_t len);
/* That of exactly this range. */
unsigned int model_find_exact(const struct model *m, uintptr_t va, size_t len);

#endif /* MODEL_H */
