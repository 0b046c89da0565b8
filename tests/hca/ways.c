/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "bed_mlx5.h"
#include "cases.h"

#define LISTS 12

/* Look a random address up and move bytes there, a few times. */
static bool
move_within(const struct bed_list *list, unsigned int device, char *start, size_t len)
{
	const char *what;
	unsigned int i;
	uint32_t lkey;
	size_t at;

	for (i = 0; i < 3; i++) {
		at = bed_random(len);
		lkey = bed_lkey(device, start + at);
		EXPECT(lkey != UINT32_MAX, "no key for %p, offset %#jx", start + at,
			(uintmax_t)(list->offset + (start + at - list->va)));
		what = bed_move(list, bed_pd(device), lkey, start + at, len - at);
		EXPECT(what == NULL, "%s: address %p of a list at %p, offset %#jx", what,
			start + at, list->va, (uintmax_t)list->offset);
	}
	return true;
}

static bool
for_random_lists(bool (*run)(struct bed_list *list, unsigned int n))
{
	struct bed_list lists[LISTS];
	unsigned int i;
	bool ok = true;

	for (i = 0; i < LISTS; i++)
		bed_list_make_random(&lists[i]);
	for (i = 0; ok && i < rounds; i++)
		ok = run(&lists[bed_random(LISTS)], i);
	for (i = 0; i < LISTS; i++)
		bed_list_free(&lists[i]);
	return ok;
}

static bool
register_once(struct bed_list *list, unsigned int n)
{
	struct ibv_pd *pd = bed_pd(n % MODEL_DEVICES);
	size_t start = bed_random(list->len), len = 1 + bed_random(list->len - start);
	char *addr = list->va + start, byte;
	struct mlx5_pmd_mr mr = { 0 };
	const char *what;

	EXPECT(bed_reg_mr(pd, addr, len, &mr) == 0, "not registered");
	EXPECT(mr.addr == addr, "the memory region is at %p, not at %p", mr.addr, addr);
	EXPECT(mr.len == len, "the memory region has %zu bytes, not %zu", mr.len, len);
	EXPECT(model_calls.offset == list->offset + start, "offset %#jx, not %#jx",
		(uintmax_t)model_calls.offset, (uintmax_t)(list->offset + start));
	EXPECT(model_calls.iova == (uintptr_t)addr, "iova %#jx", (uintmax_t)model_calls.iova);
	EXPECT(model_calls.access & IBV_ACCESS_LOCAL_WRITE, "the NIC may not write");
	what = bed_move(list, pd, mr.lkey, addr, len);
	EXPECT(what == NULL, "%s", what);
	EXPECT(model_read(pd, mr.lkey, (uintptr_t)addr - 1, &byte, 1) < 0 &&
		model_read(pd, mr.lkey, (uintptr_t)addr + len, &byte, 1) < 0,
		"more than the range is registered");
	bed_dereg_mr(&mr);
	return true;
}

bool
case_function(void)
{
	return for_random_lists(register_once);
}

static bool
map_once(struct bed_list *list, unsigned int n)
{
	unsigned int device = n % MODEL_DEVICES, calls = model_calls.reg_dmabuf_mr;
	size_t pages = list->len / list->page_sz;
	size_t first = bed_random(pages), some = 1 + bed_random(pages - first);
	size_t len = some * list->page_sz;
	char *addr = list->va + first * list->page_sz;

	EXPECT(rte_dev_dma_map(bed_rte_device(device), addr, RTE_BAD_IOVA, len) == 0,
		"not mapped: %s", rte_strerror(rte_errno));
	if (!move_within(list, device, addr, len))
		return false;
	EXPECT(model_calls.reg_dmabuf_mr == calls + 1,
		"mlx5's cache did not find what rte_dev_dma_map registered");
	EXPECT(rte_dev_dma_unmap(bed_rte_device(device), addr, RTE_BAD_IOVA, len) == 0,
		"not unmapped: %s", rte_strerror(rte_errno));
	EXPECT(model_calls.live == 0, "a memory region is left");
	return true;
}

bool
case_dma_map(void)
{
	return for_random_lists(map_once);
}

static bool
miss_once(struct bed_list *list, unsigned int n)
{
	unsigned int calls = model_calls.reg_dmabuf_mr;
	char *addr = list->va + bed_random(list->len);

	(void)n;
	EXPECT(bed_lkey(BED_PLAIN, addr) != UINT32_MAX, "no key for %p", addr);
	EXPECT(model_calls.len == list->len && model_calls.offset == list->offset,
		"%zu bytes at offset %#jx registered, not the list", model_calls.len,
		(uintmax_t)model_calls.offset);
	if (!move_within(list, BED_PLAIN, list->va, list->len))
		return false;
	EXPECT(model_calls.reg_dmabuf_mr == calls + 1, "registered more than once");
	EXPECT(rte_dev_dma_unmap(bed_rte_device(BED_PLAIN), addr, RTE_BAD_IOVA, 1) == 0,
		"not unmapped: %s", rte_strerror(rte_errno));
	return true;
}

bool
case_miss(void)
{
	return for_random_lists(miss_once);
}

/* With mr_ext_memseg_en=0, which is of the pages of ordinary memory, too. */
static bool
miss_without_ext_once(struct bed_list *list, unsigned int n)
{
	char *addr = list->va + bed_random(list->len);

	(void)n;
	EXPECT(bed_lkey(BED_PAGEWISE, addr) != UINT32_MAX, "no key for %p", addr);
	EXPECT(model_calls.len == list->len, "%zu bytes registered, not the list", model_calls.len);
	if (!move_within(list, BED_PAGEWISE, list->va, list->len))
		return false;
	EXPECT(rte_dev_dma_unmap(bed_rte_device(BED_PAGEWISE), addr, RTE_BAD_IOVA, 1) == 0,
		"not unmapped: %s", rte_strerror(rte_errno));
	return true;
}

bool
case_miss_pagewise(void)
{
	return for_random_lists(miss_without_ext_once);
}

/* Around what is mapped, a miss registers what is not. */
bool
case_miss_gaps(void)
{
	struct rte_device *dev = bed_rte_device(BED_PLAIN);
	struct bed_list list;
	unsigned int i;

	bed_list_make(&list, 64 * 4096, 4096, 7 * 4096, false, NULL);
	EXPECT(rte_dev_dma_map(dev, list.va + 10 * 4096, RTE_BAD_IOVA, 4096) == 0 &&
		rte_dev_dma_map(dev, list.va + 20 * 4096, RTE_BAD_IOVA, 8192) == 0, "not mapped");
	EXPECT(bed_lkey(BED_PLAIN, list.va + 15 * 4096) != UINT32_MAX, "no key");
	EXPECT(model_calls.iova == (uintptr_t)list.va + 11 * 4096 && model_calls.len == 9 * 4096,
		"not what is between them");
	for (i = 0; i < 64; i++) {
		if (!move_within(&list, BED_PLAIN, list.va + i * 4096, 4096))
			return false;
	}
	EXPECT(model_calls.live == 5, "%u memory regions", model_calls.live);
	bed_list_free(&list);
	EXPECT(model_calls.live == 0, "%u memory regions are left", model_calls.live);
	return true;
}

bool
case_devices(void)
{
	struct ibv_pd *other = NULL;
	uint32_t lkeys[MODEL_DEVICES];
	struct mlx5_pmd_mr mr = { 0 };
	struct bed_list list;
	const char *what;
	unsigned int i;
	char byte = 0;

	bed_list_make(&list, 1 << 20, 4096, 3 << 20, true, NULL);
	for (i = 0; i < MODEL_DEVICES; i++) {
		EXPECT(rte_dev_dma_map(bed_rte_device(i), list.va, RTE_BAD_IOVA, list.len) == 0,
			"device %u: not mapped", i);
		lkeys[i] = bed_lkey(i, list.va + 5000);
		what = bed_move(&list, bed_pd(i), lkeys[i], list.va + 5000, 1000);
		EXPECT(what == NULL, "device %u: %s", i, what);
	}
	for (i = 0; i < MODEL_DEVICES; i++)
		EXPECT(model_write(bed_pd(i), lkeys[(i + 1) % MODEL_DEVICES],
			(uintptr_t)list.va + 5000, &byte, 1) < 0, "a key serves another device");

	/* a second protection domain of one device */
	other = mlx5_glue->alloc_pd(bed_devices[0].cdev->ctx);
	EXPECT(bed_reg_mr(other, list.va + 4096, 4096, &mr) == 0, "not registered");
	what = bed_move(&list, other, mr.lkey, list.va + 4096, 4096);
	EXPECT(what == NULL, "second protection domain: %s", what);
	EXPECT(model_write(bed_pd(0), mr.lkey, (uintptr_t)list.va + 4096, &byte, 1) < 0,
		"a key serves another protection domain");
	bed_dereg_mr(&mr);
	mlx5_glue->dealloc_pd(other);

	for (i = 0; i < MODEL_DEVICES; i++)
		EXPECT(rte_dev_dma_unmap(bed_rte_device(i), list.va, RTE_BAD_IOVA,
			list.len) == 0, "device %u: not unmapped", i);
	bed_list_free(&list);
	return true;
}

/* More memory regions than the cache has room for, of one page each. */
bool
case_expansion(void)
{
	unsigned int before = bed_devices[BED_PLAIN].cdev->mr_scache.cache.size, i;
	struct bed_list list;
	uint32_t lkey;
	const char *what;

	bed_list_make(&list, 2000 * 4096, 4096, 5 * 4096, false, NULL);
	for (i = 0; i < list.len / 4096; i++)
		EXPECT(rte_dev_dma_map(bed_rte_device(BED_PLAIN), list.va + i * 4096, RTE_BAD_IOVA,
			4096) == 0, "page %u: not mapped", i);
	EXPECT(bed_devices[BED_PLAIN].cdev->mr_scache.cache.size > before, "the cache did not grow");
	for (i = 0; i < list.len / 4096; i++) {
		char *page = list.va + i * 4096;

		lkey = bed_lkey(BED_PLAIN, page + 100);
		what = bed_move(&list, bed_pd(BED_PLAIN), lkey, page + 100, 3900);
		EXPECT(what == NULL, "page %u: %s", i, what);
	}
	EXPECT(model_calls.live == list.len / 4096, "%u memory regions", model_calls.live);
	for (i = 0; i < list.len / 4096; i++)
		EXPECT(rte_dev_dma_unmap(bed_rte_device(BED_PLAIN), list.va + i * 4096, RTE_BAD_IOVA,
			4096) == 0, "page %u: not unmapped", i);
	EXPECT(model_calls.live == 0, "%u memory regions are left", model_calls.live);
	bed_list_free(&list);
	return true;
}
