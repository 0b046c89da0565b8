/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Heaps, memzones and mempools take their memory where they always did while dma-buf lists exist,
 * even if a dma-buf's descriptor has the number of a socket, or its offset is a heap's address.
 *
 * All dma-bufs are registered at addresses that can't be accessed: whoever uses one as memory of
 * its own ends the process.
 */

#include "extmem_dmabuf_util.h"

#ifndef RTE_EXEC_ENV_LINUX

static int
test_extmem_dmabuf_heap(void)
{
	printf("dma-bufs are Linux's, skipping test\n");
	return TEST_SKIPPED;
}

#else

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_memzone.h>

#define HEAP_NAME "extmem_dmabuf"
#define HEAP_LEN (4 * DBT_MIB)

/* ---- dma-buf lists that are in the way ---- */

struct bait {
	char *va;
	size_t len;
};

/* Pages of two sizes, at offset 0 and at another. */
static int
lay_out_baits(struct bait baits[4])
{
	const size_t page_sizes[] = { dbt_page_size(), RTE_PGSIZE_2M };
	unsigned int i, n = 0;

	for (i = 0; i < RTE_DIM(page_sizes); i++) {
		const size_t pg = page_sizes[i], len = 2 * pg;
		char *va = dbt_reserve(2 * len, pg);
		int fd = dbt_create_any(2 * len);

		TEST_ASSERT(va != NULL && fd >= 0, "no memory");
		TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "%d", rte_errno);
		TEST_ASSERT(dbt_register(va + len, len, fd, len, NULL, 0, pg) == 0, "%d",
			rte_errno);
		baits[n++] = (struct bait){ va, len };
		baits[n++] = (struct bait){ va + len, len };
	}
	return 0;
}

static bool
in_a_dmabuf(const void *addr)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(addr);

	return msl == NULL || (msl->properties & RTE_MEMSEG_LIST_DMABUF);
}

/* Memory from EAL: writable from end to end, and in a list of the kind that was asked for. */
static bool
usable(void *mem, size_t len, unsigned int properties)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(mem);

	if (mem == NULL || msl == NULL || msl->properties != properties ||
			in_a_dmabuf(RTE_PTR_ADD(mem, len - 1)))
		return false;
	memset(mem, 0xa5, len);
	return true;
}

/* ---- internal heaps ---- */

static int
allocate_of_each_size(int socket)
{
	/* the last ones need more memory from the system where it is dynamic */
	const size_t sizes[] = { 1, 64, 4096, 65536, DBT_MIB, 3 * RTE_PGSIZE_2M };
	void *mem[RTE_DIM(sizes)];
	unsigned int i, good = 0;

	for (i = 0; i < RTE_DIM(sizes); i++)
		mem[i] = rte_malloc_socket(NULL, sizes[i], 0, socket);
	for (i = 0; i < RTE_DIM(sizes); i++)
		good += usable(mem[i], sizes[i], 0);
	for (i = 0; i < RTE_DIM(sizes); i++)
		rte_free(mem[i]);
	TEST_ASSERT(good == RTE_DIM(sizes), "%u of %zu allocations on socket %d are good", good,
		RTE_DIM(sizes), socket);
	return 0;
}

static int
reserve_memzones(int socket)
{
	const struct rte_memzone *any, *aligned;
	bool good;

	any = rte_memzone_reserve("dbt_any", DBT_MIB, socket, 0);
	aligned = rte_memzone_reserve_aligned("dbt_aligned", 64 * 1024, socket, 0, 4096);
	good = any != NULL && aligned != NULL && usable(any->addr, any->len, 0) &&
		usable(aligned->addr, aligned->len, 0);
	rte_memzone_free(any);
	rte_memzone_free(aligned);
	TEST_ASSERT(good, "a memzone is bad");
	return 0;
}

static int
create_mbuf_pool(int socket)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create("dbt_pool", 1023, 0, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, socket);
	struct rte_mbuf *m;
	bool good;

	TEST_ASSERT(pool != NULL, "no pool, rte_errno %d", rte_errno);
	m = rte_pktmbuf_alloc(pool);
	good = m != NULL && usable(m->buf_addr, m->buf_len, 0);
	rte_pktmbuf_free(m);
	rte_mempool_free(pool);
	TEST_ASSERT(good, "an mbuf is bad");
	return 0;
}

static int
internal_heaps_work(int socket)
{
	return allocate_of_each_size(socket) != 0 || reserve_memzones(socket) != 0 ||
		create_mbuf_pool(socket) != 0 ? -1 : 0;
}

static int
internal_memory_beside_dmabufs(void)
{
	struct rte_malloc_socket_stats before, after;
	uint64_t physmem = rte_eal_get_physmem_size();
	struct bait baits[4];
	unsigned int i;

	TEST_ASSERT(rte_malloc_get_socket_stats(rte_socket_id_by_idx(0), &before) == 0, "stats");
	TEST_ASSERT(lay_out_baits(baits) == 0, "no baits");
	TEST_ASSERT(rte_eal_get_physmem_size() == physmem,
		"dma-bufs count as memory that EAL allocated");
	TEST_ASSERT(rte_malloc_get_socket_stats(rte_socket_id_by_idx(0), &after) == 0, "stats");
	TEST_ASSERT(before.heap_totalsz_bytes == after.heap_totalsz_bytes,
		"dma-bufs count as memory of the heap");
	TEST_ASSERT(internal_heaps_work(SOCKET_ID_ANY) == 0, "any socket");
	TEST_ASSERT(internal_heaps_work(rte_socket_id_by_idx(0)) == 0, "first socket");

	/* the other way round: registered and unregistered while memory is allocated */
	for (i = 0; i < RTE_DIM(baits); i++)
		TEST_ASSERT(dbt_unregister(baits[i].va, baits[i].len) == 0, "%d", rte_errno);
	TEST_ASSERT(internal_heaps_work(SOCKET_ID_ANY) == 0, "with the dma-bufs gone");
	return TEST_SUCCESS;
}

/* ---- external heaps ---- */

static int
make_heap(void *va)
{
	TEST_ASSERT(va != NULL, "no memory");
	TEST_ASSERT(rte_malloc_heap_create(HEAP_NAME) == 0, "rte_errno %d", rte_errno);
	if (rte_malloc_heap_memory_add(HEAP_NAME, va, HEAP_LEN, NULL, 0, dbt_page_size()) == 0)
		return 0;
	printf("cannot add memory to a heap: rte_errno %d\n", rte_errno);
	rte_malloc_heap_destroy(HEAP_NAME);
	return -1;
}

/* Both calls have to be made: the second removes the heap even if the first fails. */
static int
unmake_heap(void *va)
{
	int ret = rte_malloc_heap_memory_remove(HEAP_NAME, va, HEAP_LEN);

	if (ret != 0)
		printf("cannot remove memory from a heap: rte_errno %d\n", rte_errno);
	return rte_malloc_heap_destroy(HEAP_NAME) == 0 ? ret : -1;
}

static bool
heap_allocates(const char *va)
{
	const int socket = rte_malloc_heap_get_socket(HEAP_NAME);
	const size_t sizes[] = { 64, 4096, DBT_MIB };
	unsigned int i, good = 0;

	for (i = 0; i < RTE_DIM(sizes); i++) {
		char *mem = rte_malloc_socket(NULL, sizes[i], 0, socket);

		good += mem >= va && mem + sizes[i] <= va + HEAP_LEN &&
			usable(mem, sizes[i], RTE_MEMSEG_LIST_EXTERNAL);
		rte_free(mem);
	}
	return good == RTE_DIM(sizes);
}

static char *
heap_memory(void)
{
	char *va = dbt_reserve(HEAP_LEN, dbt_page_size());

	if (va == NULL || mprotect(va, HEAP_LEN, PROT_READ | PROT_WRITE) != 0)
		return NULL;
	return va;
}

static bool
fails_with(int ret, int error)
{
	return ret == -1 && rte_errno == error;
}

static bool
dmabuf_is_of_no_heap(const struct bait *b)
{
	const size_t pg = dbt_page_size();

	return fails_with(rte_malloc_heap_memory_add(HEAP_NAME, b->va, b->len, NULL, 0, pg),
			EEXIST) &&
		fails_with(rte_malloc_heap_memory_add(HEAP_NAME, b->va + pg, pg, NULL, 0, pg),
			EEXIST) &&
		fails_with(rte_malloc_heap_memory_attach(HEAP_NAME, b->va, b->len), ENOENT) &&
		fails_with(rte_malloc_heap_memory_detach(HEAP_NAME, b->va, b->len), ENOENT) &&
		fails_with(rte_malloc_heap_memory_remove(HEAP_NAME, b->va, b->len), ENOENT);
}

static int
external_heap_beside_dmabufs(void)
{
	const size_t pg = dbt_page_size();
	char *va = heap_memory();
	struct bait baits[4];
	unsigned int i;
	bool good;

	TEST_ASSERT(lay_out_baits(baits) == 0, "no baits");
	TEST_ASSERT(make_heap(va) == 0, "no heap");
	good = heap_allocates(va);
	/* a heap can't have what is a dma-buf, nor lose what is none of its own */
	for (i = 0; i < RTE_DIM(baits); i++)
		good = good && dmabuf_is_of_no_heap(&baits[i]) && !in_a_dmabuf(va) &&
			in_a_dmabuf(baits[i].va);
	good = heap_allocates(va) && good;
	TEST_ASSERT(unmake_heap(va) == 0, "the heap stays");
	TEST_ASSERT(good, "the heap does not work");
	/* its memory is free again */
	TEST_ASSERT(rte_mem_virt2memseg_list(va) == NULL, "still found");
	TEST_ASSERT(rte_mem_virt2memseg_list(baits[0].va) != NULL, "the dma-buf went");
	TEST_ASSERT(dbt_register(va, pg, dbt_create_any(pg), 0, NULL, 0, pg) == 0, "%d",
		rte_errno);
	return TEST_SUCCESS;
}

static int
heap_memory_is_eexist(void)
{
	const size_t pg = dbt_page_size();
	char *va = heap_memory();
	int fd = dbt_create_any(HEAP_LEN);
	const struct rte_memseg_list *msl;
	struct dbt_state before, after;
	bool refused, external;

	TEST_ASSERT(fd >= 0, "no memory");
	TEST_ASSERT(make_heap(va) == 0, "no heap");
	msl = rte_mem_virt2memseg_list(va);
	external = msl != NULL && msl->properties == RTE_MEMSEG_LIST_EXTERNAL;
	dbt_state_get(&before);
	refused = dbt_register(va, HEAP_LEN, fd, 0, NULL, 0, pg) == -1 && rte_errno == EEXIST &&
		dbt_register(va + pg, pg, fd, 0, NULL, 0, pg) == -1 && rte_errno == EEXIST;
	dbt_state_get(&after);
	TEST_ASSERT(unmake_heap(va) == 0, "the heap stays");
	TEST_ASSERT(external, "a heap's external memory has other properties");
	TEST_ASSERT(refused, "a heap's memory was registered");
	TEST_ASSERT(dbt_state_same(&before, &after, 0), "left a change behind");
	return TEST_SUCCESS;
}

/* The heap finds its memory by address and length. A dma-buf list has these in other fields. */
static int
offset_equals_the_heaps_address(void)
{
	const size_t pg = dbt_page_size();
	char *va = dbt_reserve_low(HEAP_LEN, PROT_READ | PROT_WRITE);
	char *other = dbt_reserve(HEAP_LEN, pg);
	bool good;
	int fd;

	TEST_ASSERT(va != NULL && other != NULL, "no address below 64 MiB is free");
	fd = dbt_create_any((uintptr_t)va + HEAP_LEN);
	TEST_ASSERT(fd >= 0, "no memory");
	/* first, so that a search meets it first */
	TEST_ASSERT(dbt_register(other, HEAP_LEN, fd, (uintptr_t)va, NULL, 0, pg) == 0, "%d",
		rte_errno);
	TEST_ASSERT(make_heap(va) == 0, "no heap");
	good = heap_allocates(va);
	TEST_ASSERT(unmake_heap(va) == 0, "the heap stays");
	TEST_ASSERT(good, "the heap does not work");
	TEST_ASSERT(dbt_check_list(other, HEAP_LEN, fd, (uintptr_t)va, NULL, pg) == 0,
		"the dma-buf went with the heap");
	TEST_ASSERT(rte_mem_virt2memseg_list(va) == NULL, "the heap's memory is still found");
	return TEST_SUCCESS;
}

/* ---- descriptors that are socket numbers ---- */

static int
fd_of(const void *va)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(va);

	return msl == NULL ? -1 : rte_memseg_list_get_dmabuf_fd(msl);
}

/* The next dma-buf's descriptor, which has the number of its list from a base on. */
static int
next_fd(void *va, size_t len, int fd)
{
	int number = -1;

	if (dbt_register(va, len, fd, 0, NULL, 0, len) == 0)
		number = fd_of(va);
	return dbt_unregister(va, len) == 0 ? number : -1;
}

/* Each heap has the next socket, until that is the number of the dma-buf's descriptor. */
static int
fd_equals_an_external_socket(void)
{
	const size_t len = RTE_PGSIZE_2M;
	char *va = heap_memory(), *dmabuf = dbt_reserve(len, len);
	int fd = dbt_create_any(len);
	int socket, wanted = -1, own;
	bool good;

	TEST_ASSERT(dmabuf != NULL && fd >= 0, "no memory");
	for (;;) {
		TEST_ASSERT(make_heap(va) == 0, "no heap");
		if (wanted < 0)
			wanted = next_fd(dmabuf, len, fd);
		socket = rte_malloc_heap_get_socket(HEAP_NAME);
		if (wanted < 0 || socket >= wanted)
			break;
		TEST_ASSERT(unmake_heap(va) == 0, "the heap stays");
	}
	if (socket > wanted) {
		unmake_heap(va);
		printf(
				"skipped: external sockets are at %d, above descriptor %d; run this as the first command of a process\n",
			socket, wanted);
		return TEST_SKIPPED;
	}
	own = dbt_register(dmabuf, len, fd, 0, NULL, 0, len) == 0 ? fd_of(dmabuf) : -1;
	good = own == socket && rte_memseg_list_get_socket_id(rte_mem_virt2memseg_list(dmabuf)) !=
		socket && heap_allocates(va);
	printf("heap on socket %d, dma-buf with descriptor %d\n", socket, own);
	TEST_ASSERT(unmake_heap(va) == 0, "the heap stays");
	TEST_ASSERT(own == socket, "the collision was not made");
	TEST_ASSERT(good, "the heap does not work");
	TEST_ASSERT(dbt_check_list(dmabuf, len, fd, 0, NULL, len) == 0, "the dma-buf suffered");
	return TEST_SUCCESS;
}

static struct unit_test_suite extmem_dmabuf_heap_suite = {
	.suite_name = "extmem dma-buf beside heaps",
	.unit_test_cases = {
		DBT_CASE(internal_memory_beside_dmabufs, DBT_NEEDS_DMABUF | DBT_FILES_VARY),
		DBT_CASE(external_heap_beside_dmabufs, DBT_NEEDS_DMABUF),
		DBT_CASE(heap_memory_is_eexist, DBT_NEEDS_DMABUF),
		DBT_CASE(offset_equals_the_heaps_address, DBT_NEEDS_DMABUF),
		DBT_CASE(fd_equals_an_external_socket, DBT_NEEDS_DMABUF),
		TEST_CASES_END()
	}
};

static int
test_extmem_dmabuf_heap(void)
{
	return unit_test_suite_runner(&extmem_dmabuf_heap_suite);
}

#endif /* RTE_EXEC_ENV_LINUX */

REGISTER_FAST_TEST(extmem_dmabuf_heap_autotest, NOHUGE_OK, ASAN_OK, test_extmem_dmabuf_heap);
