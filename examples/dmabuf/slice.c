/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * A slice is a range of a dma-buf that is registered as a memseg list, mapped for DMA and full of
 * packet buffers.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "slice.h"

#ifndef RTE_HAS_EXTMEM_DMABUF
#error "This DPDK has no rte_extmem_register_dmabuf(): apply the dma-buf overlay to it first."
#endif

static int
fail(const char *what)
{
	fprintf(stderr, "dmabuf-demo: %s: %s\n", what, rte_strerror(rte_errno));
	return -1;
}

/* Map a slice and find the IO address of each page: its VA, or without an IOMMU the physical one. */
static int
slice_map(struct slice *s, const struct buffer *buf, int map_fd)
{
	bool physical = rte_eal_iova_mode() == RTE_IOVA_PA;
	size_t offset = slice_offset(s->number);
	unsigned int i;

	if (physical && map_fd == buf->fd)
		s->va = buffer_map_physical(map_fd, offset, SLICE_PAGES, s->iovas);
	else
		s->va = buffer_map(map_fd, offset + buf->map_offset, SLICE_LEN);
	if (s->va == NULL)
		return -1;
	if (physical && map_fd == buf->fd)
		return 0;
	for (i = 0; i < SLICE_PAGES; i++) {
		uint8_t *page = s->va + (size_t)i * PAGE_LEN;

		s->iovas[i] = (uintptr_t)page;
		if (physical) {
			(void)*(volatile uint8_t *)page; /* has it entered in the page table */
			s->iovas[i] = rte_mem_virt2phy(page);
		}
		if (s->iovas[i] == RTE_BAD_IOVA) {
			fprintf(stderr, "dmabuf-demo: no physical address of %p in "
				"/proc/self/pagemap; run as root\n", page);
			return -1;
		}
	}
	return 0;
}

/* Gather pages whose IO addresses follow on each other. */
static void
slice_find_runs(struct slice *s)
{
	struct rte_pktmbuf_extmem *run = NULL;
	unsigned int i;

	s->n_runs = 0;
	for (i = 0; i < SLICE_PAGES; i++) {
		if (run != NULL && run->buf_iova + run->buf_len == s->iovas[i]) {
			run->buf_len += PAGE_LEN;
			continue;
		}
		run = &s->runs[s->n_runs++];
		*run = (struct rte_pktmbuf_extmem){
			.buf_ptr = s->va + (size_t)i * PAGE_LEN, .buf_iova = s->iovas[i],
			.buf_len = PAGE_LEN, .elt_size = PAGE_LEN,
		};
	}
}

static void
slice_unregister(struct slice *s)
{
	if (s->va == NULL)
		return;
	if (s->msl != NULL && rte_extmem_unregister(s->va, SLICE_LEN) != 0)
		fail("rte_extmem_unregister");
	munmap(s->va, SLICE_LEN);
	s->va = NULL;
	s->msl = NULL;
}

/* Map a slice through a descriptor, and register it as the part of the dma-buf that it is. */
static int
slice_register(struct slice *s, const struct buffer *buf, int map_fd)
{
	s->exporter = buf->exporter;
	if (slice_map(s, buf, map_fd) != 0)
		return -1;
	slice_find_runs(s);
	if (rte_extmem_register_dmabuf(s->va, SLICE_LEN, buf->fd, slice_offset(s->number),
			s->iovas, SLICE_PAGES, PAGE_LEN) != 0)
		return fail("rte_extmem_register_dmabuf");
	s->msl = rte_mem_virt2memseg_list(s->va);
	s->fd = rte_memseg_list_get_dmabuf_fd(s->msl);
	if (s->fd < 0)
		return fail("rte_memseg_list_get_dmabuf_fd");
	if (s->fd == buf->fd) {
		fprintf(stderr, "dmabuf-demo: EAL kept the caller's descriptor, not its own\n");
		return -1;
	}
	return 0;
}

static void
slice_dma_unmap(struct slice *s, unsigned int n_runs)
{
	unsigned int i;

	for (i = 0; i < n_runs; i++)
		if (rte_dev_dma_unmap(s->device, s->runs[i].buf_ptr, s->runs[i].buf_iova,
				s->runs[i].buf_len) != 0)
			fail("rte_dev_dma_unmap");
	s->dma_mapped = false;
}

/*
 * Map a slice for DMA. The NICs share EAL's default VFIO container, so that mapping for one of
 * them is mapping for both. EAL logs what VFIO said and does not return it: catch the log.
 */
static int
slice_dma_map(struct slice *s, char said[128])
{
	unsigned int i;
	size_t size;
	char *text = NULL;
	FILE *log = open_memstream(&text, &size);

	if (log == NULL) {
		rte_errno = errno;
		snprintf(said, 128, "%s", strerror(errno));
		return -1;
	}
	rte_errno = 0;
	rte_openlog_stream(log);
	for (i = 0; i < s->n_runs; i++)
		if (rte_dev_dma_map(s->device, s->runs[i].buf_ptr, s->runs[i].buf_iova,
				s->runs[i].buf_len) != 0)
			break;
	rte_openlog_stream(NULL);
	fclose(log);
	s->dma_mapped = i == s->n_runs;
	if (!s->dma_mapped) {
		const char *line = strncmp(text, "EAL: ", 5) == 0 ? text + 5 : text;

		snprintf(said, 128, "%.*s", (int)strcspn(line, "\n"), line);
		if (said[0] == '\0')
			snprintf(said, 128, "%s", rte_strerror(rte_errno));
		slice_dma_unmap(s, i);
	}
	free(text);
	return s->dma_mapped ? 0 : -1;
}

/* Without an IOMMU there is nothing to map in and nobody to refuse. */
static int
slice_open_physical(struct slice *s, const struct buffer *buf)
{
	char said[128];

	/* Pages of a memfd are simpler to find than those of a PFN mapping. */
	if (slice_register(s, buf, buf->memfd >= 0 ? buf->memfd : buf->fd) != 0)
		return -1;
	if (slice_dma_map(s, said) != 0 && rte_errno != ENOTSUP) {
		fprintf(stderr, "dmabuf-demo: DMA map of %s: %s\n", s->exporter, said);
		return -1;
	}
	s->route = "physical";
	if (s->number == 0)
		printf("%-13s is mapped by physical address: these NICs have no IOMMU%s\n",
			s->exporter, s->dma_mapped ? "" : ", so rte_dev_dma_map has no work");
	return 0;
}

/*
 * Make one slice ready for the NICs: by the dma-buf's own mapping if VFIO takes that, else by
 * the memfd that has the same pages. Returns 1 if there is no way with these NICs.
 */
int
slice_open(struct slice *s, const struct buffer *buf)
{
	char said[128];

	if (rte_eal_iova_mode() == RTE_IOVA_PA && buf->map_fd == buf->fd)
		return slice_open_physical(s, buf);
	if (rte_eal_iova_mode() == RTE_IOVA_PA)
		return 1; /* of a BAR, no page is in a page table that tells its address */
	s->route = buf->map_fd == buf->fd ? "own map" : "BAR";
	if (slice_register(s, buf, buf->map_fd) != 0)
		return -1;
	if (slice_dma_map(s, said) == 0) {
		if (s->number == 0)
			printf("%-13s is mapped by VFIO through %s\n", s->exporter,
				buf->map_fd == buf->fd ? "its own mapping" :
				"a mapping of the device's BAR");
		return 0;
	}
	if (s->number == 0)
		printf("%-13s can't be pinned by its own mapping, VFIO says: %s\n"
			"%-13s -> %s\n", s->exporter, said, "", buf->memfd >= 0 ?
			"mapping its memfd instead: the same pages" :
			"needs NICs without an IOMMU (--pa)");
	if (buf->memfd < 0)
		return 1;
	s->route = "memfd";
	slice_unregister(s);
	if (slice_register(s, buf, buf->memfd) != 0)
		return -1;
	if (slice_dma_map(s, said) == 0)
		return 0;
	fprintf(stderr, "dmabuf-demo: VFIO refuses the memfd of %s too: %s\n", s->exporter, said);
	return -1;
}

/* A list that a walk looks for, and how many it has passed. */
struct position {
	const struct rte_memseg_list *msl;
	int n;
};

/* Count the lists up to one: a walk visits them in the order of their numbers. */
static int
count_list(const struct rte_memseg_list *msl, void *arg)
{
	struct position *wanted = arg;

	if (msl == wanted->msl)
		return 1;
	wanted->n++;
	return 0;
}

/* What the table says of a list. */
int
slice_describe(const struct slice *s, struct list_info *info)
{
	struct position position = { .msl = s->msl };

	if (rte_memseg_list_walk(count_list, &position) != 1)
		return fail("rte_memseg_list_walk does not find the list");
	if (rte_memseg_list_get_dmabuf_offset(s->msl, &info->offset) != 0)
		return fail("rte_memseg_list_get_dmabuf_offset");
	info->va = (uintptr_t)rte_memseg_list_get_va(s->msl);
	info->fd = s->fd;
	info->index = position.n;
	snprintf(info->route, sizeof(info->route), "%s", s->route);
	return 0;
}

/* Where a packet is in its dma-buf is for EAL to say: this is how a driver finds it. */
int
slice_place(const struct slice *s, const struct rte_mbuf *m, struct packet_place *place)
{
	const uint8_t *data = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(data);
	uint64_t offset;

	if (msl != s->msl) {
		fprintf(stderr, "dmabuf-demo: %p is not in the list that it must be in\n", data);
		return -1;
	}
	if (rte_memseg_list_get_dmabuf_offset(msl, &offset) != 0)
		return fail("rte_memseg_list_get_dmabuf_offset");
	place->offset = offset + (data - (const uint8_t *)rte_memseg_list_get_va(msl));
	place->len = m->pkt_len;
	return 0;
}

int
slice_create_pool(struct slice *s)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "dmabuf_%u_%u", s->buffer, s->number);
	/* No cache: the pool's ring then hands out every page of the slice in turn. */
	s->pool = rte_pktmbuf_pool_create_extbuf(name, SLICE_PAGES, 0, 0, PAGE_LEN, SOCKET_ID_ANY,
		s->runs, s->n_runs);
	return s->pool == NULL ? fail("rte_pktmbuf_pool_create_extbuf") : 0;
}

void
slice_close(struct slice *s)
{
	rte_mempool_free(s->pool);
	if (s->dma_mapped)
		slice_dma_unmap(s, s->n_runs);
	slice_unregister(s);
}
