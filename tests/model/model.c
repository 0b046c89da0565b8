/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "model.h"

#define SYSTEM_PAGE 4096u
/* of a memseg list */
#define MEMSEGS_MAX (UINT_MAX / MEMSEG_BYTES)

static bool
overlaps(const struct list *list, uintptr_t va, size_t len)
{
	return list->used && list->va < va + len && va < list->va + list->len;
}

static bool
is_power_of_2(size_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

unsigned int
model_find(const struct model *m, uintptr_t addr)
{
	unsigned int i;

	for (i = 0; i < LISTS; i++) {
		if (m->lists[i].used && addr - m->lists[i].va < m->lists[i].len)
			break;
	}
	return i;
}

unsigned int
model_find_dmabuf(const struct model *m, uintptr_t addr, size_t len)
{
	unsigned int i, found = LISTS;
	uintptr_t last = len - 1 > UINTPTR_MAX - addr ? UINTPTR_MAX : addr + (len - 1);

	for (i = 0; i < LISTS; i++) {
		const struct list *list = &m->lists[i];

		if (list->used && list->dmabuf && list->va <= last &&
				list->va + (list->len - 1) >= addr &&
				(found == LISTS || list->va < m->lists[found].va))
			found = i;
	}
	return found;
}

unsigned int
model_find_exact(const struct model *m, uintptr_t va, size_t len)
{
	unsigned int i;

	for (i = 0; i < LISTS; i++) {
		if (m->lists[i].used && m->lists[i].va == va && m->lists[i].len == len)
			break;
	}
	return i;
}

static unsigned int
find_free(const struct model *m, bool needs_number)
{
	unsigned int i;

	for (i = 0; i < LISTS; i++) {
		if (!m->lists[i].used && !(needs_number && m->number_in_use[i]))
			break;
	}
	return i;
}

/* Does another list that this process has use the same file of memsegs? */
static bool
file_in_use(const struct model *m, uintptr_t va, int heap)
{
	unsigned int i;

	for (i = 0; i < LISTS; i++) {
		const struct list *list = &m->lists[i];

		if (list->used && list->external && list->va == va && list->heap == heap)
			return true;
	}
	return false;
}

int
model_register_dmabuf(struct model *m, uintptr_t va, size_t len, const struct source *source,
		uint64_t offset, bool has_iovas, unsigned int n_pages, size_t page_sz, uint64_t iova)
{
	unsigned int i;

	if (page_sz < SYSTEM_PAGE || !is_power_of_2(page_sz) || va == 0 || va % page_sz != 0 ||
			len == 0 || len % page_sz != 0 || va + len < va ||
			len / page_sz > MEMSEGS_MAX || (has_iovas && len / page_sz != n_pages) ||
			source == NULL)
		return EINVAL;
	if (!source->open)
		return EBADF;
	if (!source->dmabuf || offset > source->size || len > source->size - offset)
		return EINVAL;
	for (i = 0; i < LISTS; i++) {
		if (overlaps(&m->lists[i], va, len))
			return EEXIST;
	}
	i = find_free(m, true);
	if (i == LISTS)
		return find_free(m, false) == LISTS ? ENOSPC : EMFILE;
	m->lists[i] = (struct list){
		.used = true, .external = true, .dmabuf = true, .attached = true, .va = va,
		.len = len, .page_sz = page_sz, .inode = source->inode, .offset = offset,
		.iova = has_iovas ? iova : 0, .socket = m->next_socket++,
	};
	return MODEL_OK;
}

/* Ordinary memory: lists may overlap each other, but no dma-buf. */
static int
add_ordinary(struct model *m, uintptr_t va, size_t len, size_t page_sz, int heap, int socket,
		uint64_t iova)
{
	unsigned int i;

	for (i = 0; i < LISTS; i++) {
		if (m->lists[i].dmabuf && overlaps(&m->lists[i], va, len))
			return EEXIST;
	}
	i = find_free(m, false);
	if (i == LISTS)
		return ENOSPC;
	if (file_in_use(m, va, heap))
		return MODEL_ANY_ERROR;
	m->lists[i] = (struct list){
		.used = true, .external = true, .attached = true, .heap = heap, .va = va, .len = len,
		.page_sz = page_sz, .socket = socket, .iova = iova,
	};
	return MODEL_OK;
}

int
model_register(struct model *m, uintptr_t va, size_t len, bool has_iovas, unsigned int n_pages,
		size_t page_sz, uint64_t iova)
{
	unsigned int i;
	int ret;

	/* an unmodified DPDK looks at 32 bits of it */
	if (page_sz > UINT32_MAX)
		return MODEL_UNDEFINED;
	if (va == 0 || len == 0 || !is_power_of_2(page_sz) || va % page_sz != 0 ||
			len % page_sz != 0 || (has_iovas && len / page_sz != n_pages))
		return EINVAL;
	if (model_find_exact(m, va, len) != LISTS)
		return EEXIST;
	if (va + len <= va)
		return MODEL_UNDEFINED;
	/* the file of a detached list's memsegs would be made new under that list */
	for (i = 0; i < LISTS; i++) {
		if (m->lists[i].used && m->lists[i].va == va && !m->lists[i].attached)
			return MODEL_UNDEFINED;
	}
	ret = add_ordinary(m, va, len, page_sz, 0, m->next_socket, has_iovas ? iova : 0);
	if (ret == MODEL_OK)
		m->next_socket++;
	return ret;
}

/* Find what is to be unregistered, attached or detached. */
static int
find_external(const struct model *m, uintptr_t va, size_t len, unsigned int *i)
{
	if (va == 0 || len == 0)
		return EINVAL;
	*i = model_find_exact(m, va, len);
	if (*i == LISTS)
		return ENOENT;
	return m->lists[*i].external && m->lists[*i].heap == 0 ? MODEL_OK : MODEL_UNDEFINED;
}

/* The memory regions of a dma-buf that goes. */
static void
drop_mappings(struct model *m, const struct list *list)
{
	unsigned int i, n = 0;

	for (i = 0; i < m->n_mappings; i++) {
		if (m->mappings[i].va - list->va >= list->len)
			m->mappings[n++] = m->mappings[i];
	}
	m->n_mappings = n;
}

int
model_unregister(struct model *m, uintptr_t va, size_t len)
{
	unsigned int i;
	int ret = find_external(m, va, len, &i);

	if (ret != MODEL_OK)
		return ret;
	if (!m->lists[i].dmabuf && !m->lists[i].attached)
		return MODEL_ANY_ERROR;
	drop_mappings(m, &m->lists[i]);
	memset(&m->lists[i], 0, sizeof(m->lists[i]));
	return MODEL_OK;
}

int
model_attach(struct model *m, uintptr_t va, size_t len)
{
	unsigned int i;
	int ret = find_external(m, va, len, &i);

	if (ret != MODEL_OK)
		return ret;
	if (m->lists[i].attached)
		return m->lists[i].dmabuf ? EEXIST : MODEL_ANY_ERROR;
	if (m->lists[i].dmabuf && m->number_in_use[i])
		return EBUSY;
	return MODEL_AS_MAPPED; /* attached is the caller's to set */
}

int
model_detach(struct model *m, uintptr_t va, size_t len)
{
	unsigned int i;
	int ret = find_external(m, va, len, &i);

	if (ret != MODEL_OK)
		return ret;
	if (!m->lists[i].attached)
		return m->lists[i].dmabuf ? ENOENT : MODEL_ANY_ERROR;
	drop_mappings(m, &m->lists[i]);
	m->lists[i].attached = false;
	return MODEL_OK;
}

int
model_heap_create(struct model *m, unsigned int heap)
{
	/* an unmodified DPDK makes it a second time where another heap was destroyed before */
	if (m->heaps[heap].used)
		return MODEL_UNDEFINED;
	m->heaps[heap].used = true;
	m->heaps[heap].socket = m->next_socket++;
	return MODEL_OK;
}

int
model_heap_destroy(struct model *m, unsigned int heap)
{
	unsigned int i;

	if (!m->heaps[heap].used)
		return ENOENT;
	for (i = 0; i < LISTS; i++) {
		if (m->lists[i].heap == (int)heap + 1)
			return EBUSY;
	}
	m->heaps[heap].used = false;
	return MODEL_OK;
}

int
model_heap_add(struct model *m, unsigned int heap, uintptr_t va, size_t len, size_t page_sz)
{
	unsigned int i;

	if (!m->heaps[heap].used)
		return ENOENT;
	/* memory of two heaps, or with other memory in it, is the caller's fault */
	for (i = 0; i < LISTS; i++) {
		if (!m->lists[i].dmabuf && overlaps(&m->lists[i], va, len) &&
				m->lists[i].heap != (int)heap + 1)
			return MODEL_UNDEFINED;
	}
	return add_ordinary(m, va, len, page_sz, heap + 1, m->heaps[heap].socket, 0);
}

int
model_heap_remove(struct model *m, unsigned int heap, uintptr_t va, size_t len)
{
	unsigned int i;

	if (!m->heaps[heap].used)
		return ENOENT;
	i = model_find_exact(m, va, len);
	if (i == LISTS || m->lists[i].heap != (int)heap + 1)
		return ENOENT;
	if (m->lists[i].n_objects > 0)
		return EBUSY;
	memset(&m->lists[i], 0, sizeof(m->lists[i]));
	return MODEL_OK;
}

int
model_dma_map(struct model *m, uintptr_t va, size_t len)
{
	const struct list *list;
	unsigned int i;

	if (len == 0)
		return ENOTSUP;
	if (model_find(m, va) == LISTS)
		return EINVAL;
	i = model_find_dmabuf(m, va, len);
	/* ordinary memory is no business of ours */
	if (i == LISTS)
		return MODEL_UNDEFINED;
	list = &m->lists[i];
	if (!list->attached || va < list->va || len > list->len - (va - list->va))
		return EINVAL;
	/* the kernel refuses that, and the model HCA if the dma-buf is real */
	if (list->offset % SYSTEM_PAGE != 0)
		return MODEL_UNDEFINED;
	m->mappings[m->n_mappings++] = (struct mapping){ .va = va, .len = len };
	return MODEL_OK;
}

int
model_dma_unmap(struct model *m, uintptr_t va, size_t len)
{
	unsigned int i = m->n_mappings;

	if (len == 0)
		return ENOTSUP;
	/* by one address; the last one that has it */
	while (i-- > 0) {
		if (va - m->mappings[i].va >= m->mappings[i].len)
			continue;
		m->n_mappings--;
		memmove(&m->mappings[i], &m->mappings[i + 1], (m->n_mappings - i) * sizeof(m->mappings[0]));
		return MODEL_OK;
	}
	return EINVAL;
}
