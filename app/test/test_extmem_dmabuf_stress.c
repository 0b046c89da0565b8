/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Registering again and again, and from several threads. Loops have counts and no durations: what
 * passes does not depend on how fast the machine is.
 */

#include "extmem_dmabuf_util.h"

#ifndef RTE_EXEC_ENV_LINUX

static int
test_extmem_dmabuf_stress(void)
{
	printf("dma-bufs are Linux's, skipping test\n");
	return TEST_SKIPPED;
}

#else

#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <sys/prctl.h>

#include <rte_common.h>
#include <rte_debug.h>
#include <rte_malloc.h>
#include <rte_stdatomic.h>
#include <rte_thread.h>

#define N_PAGES 16
#define ROUNDS 2000
#define WARM_UP 100
#define THREAD_ROUNDS 500
#define N_STABLE 8

/* ---- leaks ---- */

/* Bytes that malloc() has given out, where the C library tells. */
static size_t
malloc_in_use(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	return mallinfo2().uordblks;
#else
	return 0;
#endif
}

static int
memory_of_process(size_t *size, size_t *resident)
{
	FILE *f = fopen("/proc/self/statm", "r");
	int n;

	TEST_ASSERT(f != NULL, "no /proc/self/statm");
	n = fscanf(f, "%zu %zu", size, resident);
	fclose(f);
	TEST_ASSERT(n == 2, "cannot read /proc/self/statm");
	*size *= dbt_page_size();
	*resident *= dbt_page_size();
	return 0;
}

static int
rounds(unsigned int n, char *va, size_t len, int fd)
{
	const size_t pg = dbt_page_size();
	unsigned int i;

	for (i = 0; i < n; i++) {
		const uint64_t offset = (i % 3) * len / 2;

		TEST_ASSERT(rte_extmem_register_dmabuf(va, len, fd, offset, NULL, 0, pg) == 0,
			"round %u, rte_errno %d", i, rte_errno);
		if (i % 100 == 0)
			TEST_ASSERT(dbt_check_list(va, len, fd, offset, NULL, pg) == 0,
				"round %u", i);
		TEST_ASSERT(rte_extmem_unregister(va, len) == 0, "round %u, rte_errno %d", i,
			rte_errno);
		TEST_ASSERT(rte_mem_virt2memseg_list(va) == NULL, "round %u: still found", i);
	}
	return 0;
}

static int
rounds_leak_nothing(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	size_t size[2], resident[2];
	struct dbt_state before, after;
	char *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(2 * len);
	size_t heap[2];

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	/* khugepaged makes a few resident pages 2 MiB, whenever it comes by */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	/* what is allocated once and kept */
	TEST_ASSERT(rounds(WARM_UP, va, len, fd) == 0, "warm-up");

	dbt_state_get(&before);
	heap[0] = malloc_in_use();
	TEST_ASSERT(memory_of_process(&size[0], &resident[0]) == 0, "memory");
	TEST_ASSERT(rounds(ROUNDS, va, len, fd) == 0, "rounds");
	TEST_ASSERT(memory_of_process(&size[1], &resident[1]) == 0, "memory");
	heap[1] = malloc_in_use();
	dbt_state_get(&after);

	printf("%u rounds: malloc %zu -> %zu, resident %zu -> %zu, virtual %zu -> %zu bytes\n",
		ROUNDS, heap[0], heap[1], resident[0], resident[1], size[0], size[1]);
	TEST_ASSERT(dbt_state_same(&before, &after, 0), "lists, descriptors or files leak");
	/* far below a byte per round and a page per round, and above what other threads do */
	TEST_ASSERT(heap[1] < heap[0] + ROUNDS / 2, "malloc() memory leaks");
	TEST_ASSERT(resident[1] < resident[0] + ROUNDS * pg / 16, "resident memory leaks");
	TEST_ASSERT(size[1] < size[0] + ROUNDS * pg / 16, "address space leaks");
	return TEST_SUCCESS;
}

/* Refusing must not leak either: half-way through, EAL has a descriptor already. */
static int
refusals_leak_nothing(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	struct dbt_state before, after;
	char *va = dbt_reserve(2 * len, pg);
	int fd = dbt_create_any(len), memfd = dbt_memfd(len);
	size_t heap[2];
	unsigned int i;

	TEST_ASSERT(va != NULL && fd >= 0 && memfd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	dbt_state_get(&before);
	heap[0] = malloc_in_use();
	for (i = 0; i < WARM_UP; i++) {
		TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == -1, "EEXIST");
		TEST_ASSERT(dbt_register(va + len, len, fd, 1, NULL, 0, pg) == -1, "beyond");
		TEST_ASSERT(dbt_register(va + len, len, memfd, 0, NULL, 0, pg) == -1, "memfd");
		TEST_ASSERT(dbt_register(va + len, len, fd, 0, NULL, 0, 3) == -1, "page size");
	}
	heap[1] = malloc_in_use();
	dbt_state_get(&after);
	TEST_ASSERT(dbt_state_same(&before, &after, 0), "lists, descriptors or files leak");
	TEST_ASSERT(heap[1] < heap[0] + 16 * WARM_UP, "malloc() memory leaks: %zu bytes",
		heap[1] - heap[0]);
	return TEST_SUCCESS;
}

/* ---- threads ---- */

struct worker {
	rte_thread_t thread;
	pthread_barrier_t *start; /* so that no thread is done before the other begins */
	char *va;
	size_t len;
	int fd;
	uint64_t offset;
	unsigned int rounds;
	unsigned int failed; /* calls that failed */
	unsigned int wrong; /* answers about the own list that were wrong */
	RTE_ATOMIC(bool) done;
};

static uint32_t
register_rounds(void *arg)
{
	struct worker *w = arg;
	const size_t pg = dbt_page_size();
	unsigned int i;

	if (w->start != NULL)
		pthread_barrier_wait(w->start);
	for (i = 0; i < w->rounds; i++) {
		const struct rte_memseg_list *msl;
		const struct rte_memseg *ms;
		uint64_t offset = ~w->offset;
		int fd;

		if (rte_extmem_register_dmabuf(w->va, w->len, w->fd, w->offset, NULL, 0, pg) != 0) {
			w->failed++;
			continue;
		}
		msl = rte_mem_virt2memseg_list(w->va + w->len - 1);
		if (msl == NULL) {
			w->wrong++;
		} else {
			fd = rte_memseg_list_get_dmabuf_fd(msl);
			w->wrong += fd < 0 || !dbt_same_file(fd, w->fd);
			w->wrong += rte_memseg_list_get_dmabuf_offset(msl, &offset) != 0 ||
				offset != w->offset;
			w->wrong += rte_memseg_list_get_va(msl) != w->va;
			ms = rte_mem_virt2memseg(w->va + pg, msl);
			w->wrong += ms == NULL || ms->addr != w->va + pg;
		}
		w->failed += rte_extmem_unregister(w->va, w->len) != 0;
		w->wrong += rte_mem_virt2memseg_list(w->va) != NULL;
	}
	rte_atomic_store_explicit(&w->done, true, rte_memory_order_release);
	return 0;
}

/* Runs both workers to their end, and finds lists and descriptors as they were before. */
static int
run_workers(struct worker workers[2], rte_thread_func func)
{
	struct dbt_state before, after;
	pthread_barrier_t start;
	unsigned int i, started = 0;

	dbt_state_get(&before);
	TEST_ASSERT(pthread_barrier_init(&start, NULL, 2) == 0, "no barrier");
	for (i = 0; i < 2; i++) {
		workers[i].start = &start;
		started += rte_thread_create(&workers[i].thread, NULL, func, &workers[i]) == 0;
	}
	if (started != 2) /* who did start waits for ever */
		rte_panic("cannot create two threads\n");
	for (i = 0; i < 2; i++)
		rte_thread_join(workers[i].thread, NULL);
	pthread_barrier_destroy(&start);
	dbt_state_get(&after);
	TEST_ASSERT(dbt_state_same(&before, &after, 0), "not as before");
	return 0;
}

static int
two_threads_register_at_once(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	struct worker workers[2];
	char *va = dbt_reserve(RTE_DIM(workers) * len, pg);
	unsigned int i;

	TEST_ASSERT(va != NULL, "no memory");
	for (i = 0; i < RTE_DIM(workers); i++) {
		workers[i] = (struct worker){ .va = va + i * len, .len = len, .offset = i * pg,
			.fd = dbt_create_any(2 * len), .rounds = THREAD_ROUNDS };
		TEST_ASSERT(workers[i].fd >= 0, "no dma-buf");
	}
	TEST_ASSERT(run_workers(workers, register_rounds) == 0, "threads");
	for (i = 0; i < RTE_DIM(workers); i++)
		TEST_ASSERT(workers[i].failed == 0 && workers[i].wrong == 0,
			"thread %u: %u calls failed, %u answers wrong", i, workers[i].failed,
			workers[i].wrong);
	return TEST_SUCCESS;
}

/* Two threads ask for one range: one of them gets it. */
static uint32_t
race_for_range(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	pthread_barrier_wait(w->start);
	for (i = 0; i < w->rounds; i++) {
		if (rte_extmem_register_dmabuf(w->va, w->len, w->fd, w->offset, NULL, 0,
				dbt_page_size()) == 0) {
			/* nobody else may have it now, so this is the own one */
			w->wrong += rte_extmem_unregister(w->va, w->len) != 0;
		} else {
			w->wrong += rte_errno != EEXIST;
			w->failed++;
		}
	}
	return 0;
}

static int
two_threads_want_one_range(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	struct worker workers[2];
	char *va = dbt_reserve(len, pg);
	unsigned int i;

	TEST_ASSERT(va != NULL, "no memory");
	for (i = 0; i < RTE_DIM(workers); i++) {
		workers[i] = (struct worker){ .va = va, .len = len, .fd = dbt_create_any(len),
			.rounds = THREAD_ROUNDS };
		TEST_ASSERT(workers[i].fd >= 0, "no dma-buf");
	}
	TEST_ASSERT(run_workers(workers, race_for_range) == 0, "threads");
	printf("refused with EEXIST: %u and %u of %u\n", workers[0].failed, workers[1].failed,
		THREAD_ROUNDS);
	for (i = 0; i < RTE_DIM(workers); i++)
		TEST_ASSERT(workers[i].wrong == 0, "thread %u: %u wrong", i, workers[i].wrong);
	return TEST_SUCCESS;
}

struct stable {
	char *va;
	const struct rte_memseg_list *msl;
};

/* One look at every stable list, and at an address between them that never is in any. */
static unsigned int
look_up_all(const struct stable stable[N_STABLE], size_t len, bool locked)
{
	const size_t pg = dbt_page_size();
	unsigned int i, wrong = 0;

	for (i = 0; i < N_STABLE; i++) {
		char *addr = stable[i].va + (i + 1) * pg;
		const struct rte_memseg *ms = rte_mem_virt2memseg(addr, NULL);

		wrong += rte_mem_virt2memseg_list(addr) != stable[i].msl;
		wrong += ms == NULL || ms->addr != addr;
		wrong += rte_memseg_list_get_va(stable[i].msl) != stable[i].va;
		wrong += rte_mem_virt2memseg_list(stable[i].va + len) != NULL;
		if (locked)
			wrong += rte_memseg_list_get_dmabuf_fd(stable[i].msl) < 0;
	}
	return wrong;
}

static int
lookups_while_others_register(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	struct stable stable[N_STABLE];
	struct worker w = { .len = len, .offset = pg, .rounds = THREAD_ROUNDS };
	uint64_t looks = 0, wrong = 0;
	unsigned int i;
	char *va;

	/* stable list, gap, room for the other thread's list */
	va = dbt_reserve(3 * N_STABLE * len, pg);
	w.fd = dbt_create_any(2 * len);
	TEST_ASSERT(va != NULL && w.fd >= 0, "no memory");
	for (i = 0; i < N_STABLE; i++) {
		stable[i].va = va + 3 * i * len;
		TEST_ASSERT(dbt_register(stable[i].va, len, w.fd, i * pg, NULL, 0, pg) == 0,
			"rte_errno %d", rte_errno);
		stable[i].msl = rte_mem_virt2memseg_list(stable[i].va);
		TEST_ASSERT(stable[i].msl != NULL, "no list");
	}
	/* among the stable ones, so that what is sorted moves */
	w.va = va + (3 * (N_STABLE / 2) + 2) * len;
	TEST_ASSERT(rte_thread_create(&w.thread, NULL, register_rounds, &w) == 0, "no thread");
	while (!rte_atomic_load_explicit(&w.done, rte_memory_order_acquire)) {
		wrong += look_up_all(stable, len, looks % 64 == 0);
		looks++;
	}
	rte_thread_join(w.thread, NULL);
	printf("%" PRIu64 " times %u look-ups during %u registrations\n", looks, 4 * N_STABLE,
		w.rounds);
	TEST_ASSERT(wrong == 0, "%" PRIu64 " look-ups wrong", wrong);
	TEST_ASSERT(w.failed == 0 && w.wrong == 0, "%u calls failed, %u answers wrong", w.failed,
		w.wrong);
	return TEST_SUCCESS;
}

/* The heap walks the lists when it grows and shrinks. */
static int
allocations_while_others_register(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	struct worker w = { .len = len, .offset = pg, .rounds = THREAD_ROUNDS };
	unsigned int n = 0, wrong = 0;

	w.va = dbt_reserve(len, pg);
	w.fd = dbt_create_any(2 * len);
	TEST_ASSERT(w.va != NULL && w.fd >= 0, "no memory");
	TEST_ASSERT(rte_thread_create(&w.thread, NULL, register_rounds, &w) == 0, "no thread");
	while (!rte_atomic_load_explicit(&w.done, rte_memory_order_acquire)) {
		const size_t size = n % 8 == 0 ? 2 * RTE_PGSIZE_2M : 64;
		char *mem = rte_malloc(NULL, size, 0);

		wrong += mem == NULL || (mem + size > w.va && mem < w.va + len);
		if (mem != NULL)
			mem[0] = mem[size - 1] = 1;
		rte_free(mem);
		n++;
	}
	rte_thread_join(w.thread, NULL);
	printf("%u allocations during %u registrations\n", n, w.rounds);
	TEST_ASSERT(wrong == 0, "%u allocations wrong", wrong);
	TEST_ASSERT(w.failed == 0 && w.wrong == 0, "%u calls failed, %u answers wrong", w.failed,
		w.wrong);
	return TEST_SUCCESS;
}

static struct unit_test_suite extmem_dmabuf_stress_suite = {
	.suite_name = "extmem dma-buf, many times and at once",
	.unit_test_cases = {
		DBT_CASE(rounds_leak_nothing, DBT_NEEDS_DMABUF),
		DBT_CASE(refusals_leak_nothing, DBT_NEEDS_DMABUF),
		DBT_CASE(two_threads_register_at_once, DBT_NEEDS_DMABUF),
		DBT_CASE(two_threads_want_one_range, DBT_NEEDS_DMABUF),
		DBT_CASE(lookups_while_others_register, DBT_NEEDS_DMABUF),
		DBT_CASE(allocations_while_others_register, DBT_NEEDS_DMABUF | DBT_FILES_VARY),
		TEST_CASES_END()
	}
};

static int
test_extmem_dmabuf_stress(void)
{
	return unit_test_suite_runner(&extmem_dmabuf_stress_suite);
}

#endif /* RTE_EXEC_ENV_LINUX */

REGISTER_FAST_TEST(extmem_dmabuf_stress_autotest, NOHUGE_OK, ASAN_OK, test_extmem_dmabuf_stress);
