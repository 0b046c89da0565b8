/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Everything that finds memory by its address sees dma-buf lists where they are, not where their
 * offset would be if it were an address, and never touches the memory.
 */

#include "extmem_dmabuf_util.h"

#ifndef RTE_EXEC_ENV_LINUX

static int
test_extmem_dmabuf_lookup(void)
{
	printf("dma-bufs are Linux's, skipping test\n");
	return TEST_SKIPPED;
}

#else

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_malloc.h>
#include <rte_memzone.h>

#define N_PAGES 16
/* no memory of EAL's has such IO addresses */
#define BASE_IOVA UINT64_C(0x7d0000000000)

/* ---- walks ---- */

struct walk {
	char *va;
	size_t len;
	size_t page_sz;
	int fd; /* EAL's */
	uint64_t offset;
	const struct rte_memseg_list *msl;
	unsigned int calls; /* for this list */
	unsigned int wrong;
};

/* The getters that need no lock are for use in walks. */
static void
see_list(const struct rte_memseg_list *msl, struct walk *w)
{
	uint64_t offset = 0;

	w->wrong += rte_memseg_list_get_va(msl) != w->va;
	w->wrong += rte_memseg_list_get_dmabuf_fd_unsafe(msl) != w->fd;
	w->wrong += rte_memseg_list_get_dmabuf_offset_unsafe(msl, &offset) != 0;
	w->wrong += offset != w->offset;
	w->wrong += msl->len != w->len;
}

static int
see_memseg(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	struct walk *w = arg;

	if (msl != w->msl)
		return 0;
	see_list(msl, w);
	w->wrong += ms->addr != w->va + w->calls * w->page_sz;
	w->calls++;
	return 0;
}

static int
see_contig(const struct rte_memseg_list *msl, const struct rte_memseg *ms, size_t len, void *arg)
{
	struct walk *w = arg;

	if (msl != w->msl)
		return 0;
	see_list(msl, w);
	w->wrong += ms->addr != w->va || len != w->len;
	w->calls++;
	return 0;
}

static int
see_whole(const struct rte_memseg_list *msl, void *arg)
{
	struct walk *w = arg;

	if (msl != w->msl)
		return 0;
	see_list(msl, w);
	w->calls++;
	return 0;
}

static int
stop_at_list(const struct rte_memseg_list *msl, void *arg)
{
	const struct walk *w = arg;

	return msl == w->msl ? 42 : 0;
}

/* Calls a walk in both its variants and counts what it saw. */
#define WALK(func, callback, w, expected) do { \
	(w)->calls = 0; \
	(w)->wrong = 0; \
	TEST_ASSERT(func(callback, (w)) == 0, #func " stopped"); \
	TEST_ASSERT((w)->calls == (expected), #func ": %u calls", (w)->calls); \
	TEST_ASSERT((w)->wrong == 0, #func ": %u values wrong", (w)->wrong); \
	(w)->calls = 0; \
	rte_mcfg_mem_read_lock(); \
	ret = func ## _thread_unsafe(callback, (w)); \
	rte_mcfg_mem_read_unlock(); \
	TEST_ASSERT(ret == 0, #func "_thread_unsafe stopped"); \
	TEST_ASSERT((w)->calls == (expected), #func "_thread_unsafe: %u calls", (w)->calls); \
	TEST_ASSERT((w)->wrong == 0, #func "_thread_unsafe: %u values wrong", (w)->wrong); \
} while (0)

static int
walks_see(void *va, size_t len, uint64_t offset)
{
	struct walk w = {
		.va = va, .len = len, .page_sz = dbt_page_size(), .offset = offset,
		.msl = rte_mem_virt2memseg_list(va),
	};
	int ret;

	TEST_ASSERT(w.msl != NULL, "no list");
	w.fd = rte_memseg_list_get_dmabuf_fd(w.msl);
	TEST_ASSERT(w.fd >= 0, "no descriptor");
	WALK(rte_memseg_walk, see_memseg, &w, len / w.page_sz);
	WALK(rte_memseg_list_walk, see_whole, &w, 1);
	WALK(rte_memseg_contig_walk, see_contig, &w, 1);
	TEST_ASSERT(rte_memseg_list_walk(stop_at_list, &w) == 42, "the result got lost");
	return 0;
}

static int
walks_see_the_list(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	const uint64_t offsets[] = { 0, pg, len };
	char *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(2 * len);
	unsigned int i;

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	for (i = 0; i < RTE_DIM(offsets); i++) {
		TEST_ASSERT(dbt_register(va, len, fd, offsets[i], NULL, 0, pg) == 0,
			"rte_errno %d", rte_errno);
		TEST_ASSERT(walks_see(va, len, offsets[i]) == 0, "offset 0x%" PRIx64,
			offsets[i]);
		TEST_ASSERT(dbt_unregister(va, len) == 0, "rte_errno %d", rte_errno);
	}
	return TEST_SUCCESS;
}

/* ---- IO addresses ---- */

static int
iova_lookups_see_the_list(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *va = dbt_reserve(2 * len, pg);
	char *ordinary = va + len;
	int fd = dbt_create_any(2 * len);
	rte_iova_t iovas[N_PAGES];
	unsigned int i;

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	for (i = 0; i < N_PAGES; i++)
		iovas[i] = BASE_IOVA + i * pg;
	TEST_ASSERT(rte_mem_iova2virt(BASE_IOVA) == NULL, "the IOVA is taken");
	TEST_ASSERT(dbt_register(va, len, fd, pg, iovas, N_PAGES, pg) == 0, "rte_errno %d",
		rte_errno);
	TEST_ASSERT(dbt_register_ordinary(ordinary, len, NULL, 0, pg) == 0, "rte_errno %d",
		rte_errno);

	for (i = 0; i < N_PAGES; i++) {
		TEST_ASSERT(rte_mem_iova2virt(iovas[i]) == va + i * pg, "page %u", i);
		TEST_ASSERT(rte_mem_iova2virt(iovas[i] + pg - 1) == va + i * pg + pg - 1,
			"end of page %u", i);
	}
	TEST_ASSERT(rte_mem_iova2virt(BASE_IOVA - 1) == NULL, "found before the first");
	TEST_ASSERT(rte_mem_iova2virt(BASE_IOVA + len) == NULL, "found after the last");

	/* says of a dma-buf's address what it says of other external memory */
	if (rte_eal_iova_mode() == RTE_IOVA_VA) {
		TEST_ASSERT(rte_mem_virt2iova(va) == (uintptr_t)va, "not the VA");
		TEST_ASSERT(rte_mem_virt2iova(va + pg) == (uintptr_t)va + pg, "not the VA");
	} else {
		TEST_ASSERT(rte_mem_virt2iova(va) == rte_mem_virt2iova(ordinary),
			"no page is mapped at either");
	}
	return TEST_SUCCESS;
}

/* ---- offsets are no addresses ---- */

static int
two_lists_may_have_one_offset(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *va = dbt_reserve(3 * len, pg);
	int fd = dbt_create_any(2 * len), other = dbt_create_any(2 * len);
	const struct rte_memseg_list *a, *b;

	TEST_ASSERT(va != NULL && fd >= 0 && other >= 0, "no memory");
	/* the same part of one dma-buf at two addresses, and another's */
	TEST_ASSERT(dbt_register(va, len, fd, len, NULL, 0, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(dbt_register(va + len, len, fd, len, NULL, 0, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(dbt_register(va + 2 * len, len, other, len, NULL, 0, pg) == 0, "%d",
		rte_errno);
	a = rte_mem_virt2memseg_list(va);
	b = rte_mem_virt2memseg_list(va + len);
	TEST_ASSERT(a != b, "one list for both");
	TEST_ASSERT(rte_memseg_list_get_dmabuf_fd(a) != rte_memseg_list_get_dmabuf_fd(b),
		"one descriptor for both: the first to go would close it");
	TEST_ASSERT(dbt_check_list(va, len, fd, len, NULL, pg) == 0, "first");
	TEST_ASSERT(dbt_check_list(va + len, len, fd, len, NULL, pg) == 0, "second");
	TEST_ASSERT(dbt_check_list(va + 2 * len, len, other, len, NULL, pg) == 0, "third");

	TEST_ASSERT(dbt_unregister(va + len, len) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(rte_mem_virt2memseg_list(va + len) == NULL, "still found");
	TEST_ASSERT(dbt_check_list(va, len, fd, len, NULL, pg) == 0, "first");
	TEST_ASSERT(dbt_check_list(va + 2 * len, len, other, len, NULL, pg) == 0, "third");
	return TEST_SUCCESS;
}

/* With a list at offset 0 in use, nothing may be found at address 0 or at low addresses. */
static int
offset_is_not_looked_up(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *va = dbt_reserve(2 * len, pg);
	int fd = dbt_create_any(2 * len);
	uintptr_t addr;

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(dbt_register(va + len, len, fd, len, NULL, 0, pg) == 0, "%d", rte_errno);
	for (addr = 0; addr <= 2 * len; addr += pg / 2) {
		void *p = (void *)addr;

		TEST_ASSERT(rte_mem_virt2memseg_list(p) == NULL, "a list at %p", p);
		TEST_ASSERT(rte_mem_virt2memseg(p, NULL) == NULL, "a memseg at %p", p);
		TEST_ASSERT(rte_mem_virt2memseg(p, rte_mem_virt2memseg_list(va)) == NULL,
			"a memseg at %p", p);
	}
	DBT_FAILS(rte_extmem_unregister((void *)len, len), ENOENT);
	DBT_FAILS(rte_extmem_attach((void *)len, len), ENOENT);
	DBT_FAILS(rte_extmem_detach((void *)len, len), ENOENT);
	return TEST_SUCCESS;
}

struct aliased {
	char *low; /* where the one list is, and the offset of the other */
	char *high; /* where the other list is */
	size_t len;
	int fd;
	bool low_is_dmabuf;
};

static int
register_low(const struct aliased *s)
{
	if (s->low_is_dmabuf)
		return dbt_register(s->low, s->len, s->fd, 0, NULL, 0, dbt_page_size());
	return dbt_register_ordinary(s->low, s->len, NULL, 0, dbt_page_size());
}

static int
register_high(const struct aliased *s)
{
	return dbt_register(s->high, s->len, s->fd, (uintptr_t)s->low, NULL, 0,
		dbt_page_size());
}

static int
check_low(const struct aliased *s)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(s->low);

	if (s->low_is_dmabuf)
		return dbt_check_list(s->low, s->len, s->fd, 0, NULL, dbt_page_size());
	TEST_ASSERT(msl != NULL, "no list");
	TEST_ASSERT(msl->properties == RTE_MEMSEG_LIST_EXTERNAL, "0x%x", msl->properties);
	TEST_ASSERT(rte_memseg_list_get_va(msl) == s->low, "another list");
	return 0;
}

static int
check_high(const struct aliased *s)
{
	return dbt_check_list(s->high, s->len, s->fd, (uintptr_t)s->low, NULL, dbt_page_size());
}

static int
check_aliased(const struct aliased *s, bool high_first)
{
	const struct rte_memseg_list *low, *high;

	/* neither is in the way of the other */
	if (high_first)
		TEST_ASSERT(register_high(s) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(register_low(s) == 0, "rte_errno %d", rte_errno);
	if (!high_first)
		TEST_ASSERT(register_high(s) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(check_low(s) == 0 && check_high(s) == 0, "a list is wrong");
	low = rte_mem_virt2memseg_list(s->low);
	high = rte_mem_virt2memseg_list(s->high);
	TEST_ASSERT(rte_mem_virt2memseg(s->low, high) == NULL, "found in the other list");
	TEST_ASSERT(rte_mem_virt2memseg(s->high, low) == NULL, "found in the other list");

	/* the address unregisters the list that is there */
	TEST_ASSERT(dbt_unregister(s->low, s->len) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(rte_mem_virt2memseg_list(s->low) == NULL, "found by its offset");
	TEST_ASSERT(check_high(s) == 0, "the other list went");
	DBT_FAILS(dbt_unregister(s->low, s->len), ENOENT);
	DBT_FAILS(rte_extmem_attach(s->low, s->len), ENOENT);
	DBT_FAILS(rte_extmem_detach(s->low, s->len), ENOENT);

	TEST_ASSERT(register_low(s) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(dbt_unregister(s->high, s->len) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(check_low(s) == 0, "the other list went");
	TEST_ASSERT(rte_mem_virt2memseg_list(s->high) == NULL, "still found");
	TEST_ASSERT(dbt_unregister(s->low, s->len) == 0, "rte_errno %d", rte_errno);
	return 0;
}

static int
offset_may_equal_another_address(void)
{
	struct aliased s = { .len = N_PAGES * dbt_page_size() };
	unsigned int i;

	s.low = dbt_reserve_low(s.len, PROT_NONE);
	s.high = dbt_reserve(s.len, dbt_page_size());
	TEST_ASSERT(s.low != NULL && s.high != NULL, "no address below 64 MiB is free");
	s.fd = dbt_create_any((uintptr_t)s.low + s.len);
	TEST_ASSERT(s.fd >= 0, "no memory");
	printf("a list at %p, and one with that offset at %p\n", s.low, s.high);
	for (i = 0; i < 4; i++) {
		s.low_is_dmabuf = i & 1;
		TEST_ASSERT(check_aliased(&s, i & 2) == 0, "lower list: %s; registered first: %s",
			s.low_is_dmabuf ? "dma-buf" : "ordinary", i & 2 ? "higher" : "lower");
	}
	return TEST_SUCCESS;
}

/* An offset of its own address: base_va looks perfectly ordinary. */
static int
offset_may_equal_own_address(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *va = dbt_reserve_low(len, PROT_NONE);
	int fd;

	TEST_ASSERT(va != NULL, "no address below 64 MiB is free");
	fd = dbt_create_any((uintptr_t)va + len);
	TEST_ASSERT(fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, len, fd, (uintptr_t)va, NULL, 0, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(dbt_check_list(va, len, fd, (uintptr_t)va, NULL, pg) == 0, "wrong list");
	TEST_ASSERT(dbt_unregister(va, len) == 0, "rte_errno %d", rte_errno);
	return TEST_SUCCESS;
}

/* ---- ranges ---- */

/*
 * Pages: none, two of a dma-buf, an ordinary one, none, one of a dma-buf, none, an ordinary one,
 * none. All ranges that start and end at half a page are looked up.
 */
static int
ranges_find_the_first_dmabuf(void)
{
	const size_t half = dbt_page_size() / 2, pg = dbt_page_size();
	char *va = dbt_reserve(9 * pg, pg), *start, *end;
	const struct rte_memseg_list *first, *second, *expected;
	int fd = dbt_create_any(3 * pg);
	unsigned int overlaps;

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va + pg, 2 * pg, fd, pg, NULL, 0, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(dbt_register_ordinary(va + 3 * pg, pg, NULL, 0, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(dbt_register(va + 5 * pg, pg, fd, 0, NULL, 0, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(dbt_register_ordinary(va + 7 * pg, pg, NULL, 0, pg) == 0, "%d", rte_errno);
	first = rte_mem_virt2memseg_list(va + pg);
	second = rte_mem_virt2memseg_list(va + 5 * pg);

	for (overlaps = 0; overlaps < 2; overlaps++) {
		for (start = va; start < va + 9 * pg; start += half) {
			for (end = start; end <= va + 9 * pg; end += half) {
				expected = NULL;
				if (start < va + 3 * pg && end > va + pg)
					expected = first;
				else if (start < va + 6 * pg && end > va + 5 * pg)
					expected = second;
				if (end == start)
					expected = NULL;
				TEST_ASSERT(rte_mem_find_dmabuf_list(start, end - start) ==
					expected, "from %zu to %zu half pages, %u overlaps",
					(start - va) / half, (end - va) / half, overlaps);
			}
		}
		TEST_ASSERT(rte_mem_find_dmabuf_list(va + 3 * pg - 1, 1) == first, "last byte");
		TEST_ASSERT(rte_mem_find_dmabuf_list(va + 3 * pg, SIZE_MAX) == second, "all");
		TEST_ASSERT(rte_mem_find_dmabuf_list(NULL, (uintptr_t)va + pg) == NULL, "before");

		/* ordinary lists may overlap, and are then looked up otherwise */
		if (overlaps == 0)
			TEST_ASSERT(dbt_register_ordinary(va + 6 * pg, 2 * pg, NULL, 0, pg) == 0,
				"rte_errno %d", rte_errno);
	}
	return TEST_SUCCESS;
}

/* ---- many lists ---- */

struct many {
	char *va;
	int fd;
	unsigned int n;
	bool used[RTE_MAX_MEMSEG_LISTS];
};

/* List i: (1 + i % 3) pages at page 4 * i, so with gaps; its offset falls as its address rises. */
static size_t
nth_len(unsigned int i)
{
	return (1 + i % 3) * dbt_page_size();
}

static char *
nth_va(const struct many *m, unsigned int i)
{
	return m->va + 4 * i * dbt_page_size();
}

static uint64_t
nth_offset(unsigned int i)
{
	return (RTE_MAX_MEMSEG_LISTS - i) * dbt_page_size();
}

static int
check_many(const struct many *m)
{
	const size_t pg = dbt_page_size();
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		char *va = nth_va(m, i);

		if (!m->used[i]) {
			TEST_ASSERT(rte_mem_virt2memseg_list(va) == NULL, "list %u is free", i);
			continue;
		}
		TEST_ASSERT(dbt_check_list(va, nth_len(i), m->fd, nth_offset(i), NULL, pg) == 0,
			"list %u", i);
		TEST_ASSERT(rte_mem_virt2memseg_list(va + nth_len(i)) == NULL,
			"the gap after list %u", i);
		TEST_ASSERT(rte_mem_virt2memseg_list(va + 4 * pg - 1) == NULL,
			"the gap after list %u", i);
	}
	return 0;
}

static int
many_toggle(struct many *m, unsigned int i)
{
	char *va = nth_va(m, i);
	int ret;

	if (m->used[i])
		ret = dbt_unregister(va, nth_len(i));
	else
		ret = dbt_register(va, nth_len(i), m->fd, nth_offset(i), NULL, 0,
			dbt_page_size());
	TEST_ASSERT(ret == 0, "list %u, rte_errno %d", i, rte_errno);
	m->used[i] = !m->used[i];
	return 0;
}

static int
many_lists_are_told_apart(void)
{
	static struct many m;
	const size_t pg = dbt_page_size();
	unsigned int i;

	memset(&m, 0, sizeof(m));
	m.n = RTE_MAX_MEMSEG_LISTS - dbt_count_lists();
	m.va = dbt_reserve(4 * m.n * pg, pg);
	m.fd = dbt_create_any((RTE_MAX_MEMSEG_LISTS + 3) * pg);
	TEST_ASSERT(m.va != NULL && m.fd >= 0, "no memory");

	/* neither in the order of addresses nor in its reverse */
	for (i = 0; i < m.n; i += 2)
		TEST_ASSERT(many_toggle(&m, i) == 0, "even, up");
	for (i = m.n; i-- > 0; )
		if (!m.used[i])
			TEST_ASSERT(many_toggle(&m, i) == 0, "odd, down");
	TEST_ASSERT(dbt_count_lists() == RTE_MAX_MEMSEG_LISTS, "%u lists", dbt_count_lists());
	TEST_ASSERT(check_many(&m) == 0, "all in use");

	for (i = 0; i < m.n; i += 3)
		TEST_ASSERT(many_toggle(&m, i) == 0, "every third");
	TEST_ASSERT(check_many(&m) == 0, "every third gone");
	for (i = 0; i < m.n; i += 3)
		TEST_ASSERT(many_toggle(&m, i) == 0, "every third");
	TEST_ASSERT(check_many(&m) == 0, "every third back");
	for (i = 0; i < m.n; i++)
		TEST_ASSERT(many_toggle(&m, i) == 0, "all");
	TEST_ASSERT(check_many(&m) == 0, "all gone");
	return TEST_SUCCESS;
}

/* ---- accessors of every kind of list ---- */

static int
accessors_know_every_list(void)
{
	const size_t pg = dbt_page_size();
	const struct rte_memseg_list *internal = dbt_find_internal_list(), *msl;
	char *va = dbt_reserve(4 * pg, pg);
	int fd = dbt_create_any(2 * pg);
	int socket, dmabuf_socket;

	TEST_ASSERT(internal != NULL && va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(rte_memseg_list_get_va(internal) == internal->base_va, "internal VA");
	TEST_ASSERT(rte_memseg_list_get_socket_id(internal) == internal->socket_id,
		"internal socket");

	TEST_ASSERT(dbt_register_ordinary(va, pg, NULL, 0, pg) == 0, "%d", rte_errno);
	msl = rte_mem_virt2memseg_list(va);
	TEST_ASSERT(msl != NULL && rte_memseg_list_get_va(msl) == va, "external VA");
	socket = rte_memseg_list_get_socket_id(msl);
	TEST_ASSERT(socket == msl->socket_id, "external socket");

	TEST_ASSERT(dbt_register(va + 2 * pg, pg, fd, pg, NULL, 0, pg) == 0, "%d", rte_errno);
	msl = rte_mem_virt2memseg_list(va + 2 * pg);
	TEST_ASSERT(msl != NULL && rte_memseg_list_get_va(msl) == va + 2 * pg, "dma-buf VA");
	dmabuf_socket = rte_memseg_list_get_socket_id(msl);
	TEST_ASSERT(dmabuf_socket > socket, "socket %d is not a new one", dmabuf_socket);

	TEST_ASSERT(dbt_unregister(va + 2 * pg, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(rte_memseg_list_get_va(msl) == NULL, "a list that is in use no more");
	return TEST_SUCCESS;
}

/* What virtio-user asks, of the first and the last page, with the lock and without. */
static int
memseg_fd_is_the_dmabufs(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	const unsigned int pages[] = { 0, N_PAGES - 1 };
	char *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(2 * len), own;
	const struct rte_memseg *ms;
	size_t offset;
	unsigned int i;
	int ret;

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, len, fd, len, NULL, 0, pg) == 0, "%d", rte_errno);
	own = rte_memseg_list_get_dmabuf_fd(rte_mem_virt2memseg_list(va));
	TEST_ASSERT(own >= 0, "no descriptor");
	for (i = 0; i < RTE_DIM(pages); i++) {
		ms = rte_mem_virt2memseg(va + pages[i] * pg, NULL);
		TEST_ASSERT(ms != NULL, "no memseg %u", pages[i]);
		ret = rte_memseg_get_fd(ms);
		TEST_ASSERT(ret == own, "memseg %u: %d, not %d", pages[i], ret, own);
		offset = 0;
		ret = rte_memseg_get_fd_offset(ms, &offset);
		TEST_ASSERT(ret == 0 && offset == len + pages[i] * pg, "memseg %u: %d, offset %zu",
			pages[i], ret, offset);

		offset = 0;
		rte_mcfg_mem_read_lock();
		own = rte_memseg_get_fd_thread_unsafe(ms);
		ret = rte_memseg_get_fd_offset_thread_unsafe(ms, &offset);
		rte_mcfg_mem_read_unlock();
		TEST_ASSERT(own == rte_memseg_get_fd(ms), "memseg %u: %d", pages[i], own);
		TEST_ASSERT(ret == 0 && offset == len + pages[i] * pg, "memseg %u: %d, offset %zu",
			pages[i], ret, offset);
	}
	TEST_ASSERT(rte_memseg_get_fd_offset(ms, NULL) == -1 && rte_errno == EINVAL, "%d",
		rte_errno);
	return TEST_SUCCESS;
}

static int
memseg_fd_of_others_is_as_it_was(void)
{
	const size_t pg = dbt_page_size();
	char *va = dbt_reserve(pg, pg);
	const struct rte_memseg *ms;
	size_t offset = 42;

	TEST_ASSERT(va != NULL, "no memory");
	TEST_ASSERT(dbt_register_ordinary(va, pg, NULL, 0, pg) == 0, "%d", rte_errno);
	ms = rte_mem_virt2memseg(va, NULL);
	TEST_ASSERT(ms != NULL, "no memseg");
	DBT_FAILS(rte_memseg_get_fd(ms), ENOTSUP);
	DBT_FAILS(rte_memseg_get_fd_offset(ms, &offset), ENOTSUP);
	TEST_ASSERT(offset == 42, "offset %zu", offset);
	return TEST_SUCCESS;
}

/* ---- dumps ---- */

/* Does a line of the file have all of these? */
static bool
has_line(FILE *f, const char *const words[], unsigned int n)
{
	char line[1024];
	unsigned int i;

	rewind(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		for (i = 0; i < n; i++)
			if (strstr(line, words[i]) == NULL)
				break;
		if (i == n)
			return true;
	}
	return false;
}

static int
check_dump(FILE *f, void *va, uint64_t offset, const char *exporter)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(va);
	char virt[32], fd[32], off[32];
	const char *const words[] = { "dma-buf", virt, fd, off, exporter };

	TEST_ASSERT(msl != NULL, "no list");
	snprintf(virt, sizeof(virt), "virt:%p,", va);
	snprintf(fd, sizeof(fd), "fd:%d,", rte_memseg_list_get_dmabuf_fd(msl));
	snprintf(off, sizeof(off), "offset:%#" PRIx64 ",", offset);
	rte_dump_physmem_layout(f);
	TEST_ASSERT(has_line(f, words, RTE_DIM(words)), "no line has dma-buf %s %s %s %s", virt,
		fd, off, exporter);
	return 0;
}

static int
dump_shows_dmabufs(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	const uint64_t offsets[] = { 0, 3 * pg };
	const char *const dmabuf[] = { "dma-buf" };
	char *va = dbt_reserve(len, pg);
	enum dbt_exporter e;
	unsigned int i;
	FILE *f;
	int ret;

	TEST_ASSERT(va != NULL, "no memory");
	for (e = 0; e < DBT_EXPORTERS; e++) {
		int fd;

		if (!dbt_can_export(e))
			continue;
		fd = dbt_create(e, 2 * len);
		TEST_ASSERT(fd >= 0, "no dma-buf");
		for (i = 0; i < RTE_DIM(offsets); i++) {
			TEST_ASSERT(dbt_register(va, len, fd, offsets[i], NULL, 0, pg) == 0,
				"rte_errno %d", rte_errno);
			f = tmpfile();
			TEST_ASSERT(f != NULL, "no temporary file");
			ret = check_dump(f, va, offsets[i], dbt_exporter_name(e));
			fclose(f);
			TEST_ASSERT(ret == 0, "offset 0x%" PRIx64, offsets[i]);
			TEST_ASSERT(dbt_unregister(va, len) == 0, "%d", rte_errno);
		}
	}
	/* nothing is called a dma-buf that is none */
	TEST_ASSERT(dbt_register_ordinary(va, len, NULL, 0, pg) == 0, "%d", rte_errno);
	f = tmpfile();
	TEST_ASSERT(f != NULL, "no temporary file");
	rte_dump_physmem_layout(f);
	ret = has_line(f, dmabuf, RTE_DIM(dmabuf));
	fclose(f);
	TEST_ASSERT(!ret, "ordinary memory is called a dma-buf");
	return TEST_SUCCESS;
}

/* ---- memory that nobody can read ---- */

/* Whatever reads a byte of it ends the process with SIGSEGV. */
static int
use_everything(char *va, int fd)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	rte_iova_t iovas[N_PAGES];
	unsigned int i;
	FILE *f;

	for (i = 0; i < N_PAGES; i++)
		iovas[i] = BASE_IOVA + i * pg;
	TEST_ASSERT(dbt_register(va, len, fd, pg, iovas, N_PAGES, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(dbt_check_list(va, len, fd, pg, iovas, pg) == 0, "wrong list");
	TEST_ASSERT(walks_see(va, len, pg) == 0, "a walk is wrong");
	TEST_ASSERT(rte_mem_iova2virt(BASE_IOVA + pg) == va + pg, "IOVA");
	TEST_ASSERT(rte_mem_virt2iova(va) != 0, "no IOVA");
	rte_mem_check_dma_mask(63);
	f = tmpfile();
	TEST_ASSERT(f != NULL, "no temporary file");
	rte_dump_physmem_layout(f);
	rte_malloc_dump_heaps(f);
	rte_malloc_dump_stats(f, NULL);
	rte_memzone_dump(f);
	fclose(f);
	DBT_FAILS(dbt_register(va + pg, pg, fd, 0, NULL, 0, pg), EEXIST);
	TEST_ASSERT(dbt_unregister(va, len) == 0, "rte_errno %d", rte_errno);
	return 0;
}

static int
memory_is_never_touched(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *va = dbt_reserve(len, pg), *gone;
	int fd = dbt_create_any(2 * len);

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(use_everything(va, fd) == 0, "PROT_NONE");

	/* not even mapped, which is the same to whoever does not touch it */
	gone = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TEST_ASSERT(gone != MAP_FAILED && munmap(gone, len) == 0, "no memory");
	TEST_ASSERT(use_everything(gone, fd) == 0, "unmapped");
	return TEST_SUCCESS;
}

/* ---- at every instruction ---- */

/* Of look-ups and getters, which take no lock, between any two instructions of a change. */
static struct {
	void *va;
	uint64_t offset;
	unsigned int steps;
	unsigned int found;
	unsigned int wrong;
} stepping;

static void
look_between_instructions(int sig __rte_unused)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(stepping.va);
	int err = rte_errno;
	uint64_t offset;

	stepping.steps++;
	if (msl == NULL)
		return;
	stepping.found++;
	stepping.wrong += rte_memseg_list_get_va(msl) != stepping.va ||
		rte_memseg_list_get_dmabuf_fd_unsafe(msl) < 0 ||
		rte_memseg_list_get_dmabuf_offset_unsafe(msl, &offset) < 0 ||
		offset != stepping.offset || rte_mem_virt2memseg(stepping.va, msl) == NULL;
	rte_errno = err;
}

/* The trap flag raises SIGTRAP after each instruction, but for those of the handler. */
static inline void
step(bool on)
{
#ifdef RTE_ARCH_X86_64
	if (on)
		asm volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
	else
		asm volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
#else
	RTE_SET_USED(on);
#endif
}

static int
complete_at_every_instruction(void)
{
	const size_t pg = dbt_page_size(), len = 2 * pg;
	struct sigaction trap = { .sa_handler = look_between_instructions }, before;
	int fd = dbt_create_any(2 * len), registered, unregistered;
	void *va = dbt_reserve(len, pg);
	unsigned int at_registering;

#ifndef RTE_ARCH_X86_64
	printf("skipped: single steps are x86's\n");
	return TEST_SKIPPED;
#endif
	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	memset(&stepping, 0, sizeof(stepping));
	stepping.va = va;
	stepping.offset = pg;
	TEST_ASSERT(sigaction(SIGTRAP, &trap, &before) == 0, "no handler");
	step(true);
	registered = dbt_register(va, len, fd, pg, NULL, 0, pg);
	step(false);
	at_registering = stepping.found;
	step(true);
	unregistered = dbt_unregister(va, len);
	step(false);
	sigaction(SIGTRAP, &before, NULL);

	printf("looked after %u instructions and found the list %u times\n", stepping.steps,
		stepping.found);
	TEST_ASSERT(registered == 0 && unregistered == 0, "%d, %d", registered, unregistered);
	TEST_ASSERT(at_registering > 0 && stepping.found > at_registering &&
		stepping.steps > stepping.found, "not between instructions");
	TEST_ASSERT(stepping.wrong == 0, "%u times the list was not complete", stepping.wrong);
	return TEST_SUCCESS;
}

static struct unit_test_suite extmem_dmabuf_lookup_suite = {
	.suite_name = "extmem dma-buf look-ups",
	.unit_test_cases = {
		DBT_CASE(walks_see_the_list, DBT_NEEDS_DMABUF),
		DBT_CASE(iova_lookups_see_the_list, DBT_NEEDS_DMABUF),
		DBT_CASE(two_lists_may_have_one_offset, DBT_NEEDS_DMABUF),
		DBT_CASE(offset_is_not_looked_up, DBT_NEEDS_DMABUF),
		DBT_CASE(offset_may_equal_another_address, DBT_NEEDS_DMABUF),
		DBT_CASE(offset_may_equal_own_address, DBT_NEEDS_DMABUF),
		DBT_CASE(ranges_find_the_first_dmabuf, DBT_NEEDS_DMABUF),
		DBT_CASE(many_lists_are_told_apart, DBT_NEEDS_DMABUF),
		DBT_CASE(accessors_know_every_list, DBT_NEEDS_DMABUF),
		DBT_CASE(memseg_fd_is_the_dmabufs, DBT_NEEDS_DMABUF),
		DBT_CASE(memseg_fd_of_others_is_as_it_was, 0),
		DBT_CASE(dump_shows_dmabufs, DBT_NEEDS_DMABUF),
		DBT_CASE(memory_is_never_touched, DBT_NEEDS_DMABUF),
		DBT_CASE(complete_at_every_instruction, DBT_NEEDS_DMABUF),
		TEST_CASES_END()
	}
};

static int
test_extmem_dmabuf_lookup(void)
{
	return unit_test_suite_runner(&extmem_dmabuf_lookup_suite);
}

#endif /* RTE_EXEC_ENV_LINUX */

REGISTER_FAST_TEST(extmem_dmabuf_lookup_autotest, NOHUGE_OK, ASAN_OK, test_extmem_dmabuf_lookup);
