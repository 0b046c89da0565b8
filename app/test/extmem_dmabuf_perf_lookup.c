/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifdef RTE_EXEC_ENV_LINUX

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_stdatomic.h>
#include <rte_thread.h>

#include "extmem_dmabuf_perf.h"

/* Addresses of a sample: too many for a branch predictor to know them by heart */
#define ADDRESSES 32768

#define LIST_LEN (16 * PERF_PAGE_SZ)
#define LIST_STEP (2 * LIST_LEN) /* a gap after each */
#define BLOCKS 64

/* ---- the lists in use ---- */

struct range {
	uintptr_t start;
	size_t len;
};

static struct range ranges[RTE_MAX_MEMSEG_LISTS];
static unsigned int n_ranges;
static char *area;
static unsigned int n_added;

/* Of a list that can grow, the first memory that it has */
static void
add_range(const struct rte_memseg_list *msl)
{
	/* copied because finding changes nothing, but does not say so */
	struct rte_fbarray arr = msl->memseg_arr;
	const struct rte_memseg *ms = rte_fbarray_get(&arr, rte_fbarray_find_next_used(&arr, 0));

	ranges[n_ranges].start = (uintptr_t)ms->addr;
	ranges[n_ranges].len = arr.count == arr.len ? msl->len : ms->len;
	n_ranges++;
}

/* A list that has no memory yet is in use, too. */
static int
count_list(const struct rte_memseg_list *msl, void *arg)
{
	unsigned int *lists = arg;

	(*lists)++;
	if (msl->memseg_arr.count > 0)
		add_range(msl);
	return 0;
}

unsigned int
perf_lists_in_use(void)
{
	unsigned int lists = 0;

	n_ranges = 0;
	rte_memseg_list_walk(count_list, &lists);
	return lists;
}

int
perf_lists_add(unsigned int lists)
{
	if (area == NULL) {
		area = mmap(NULL, RTE_MAX_MEMSEG_LISTS * LIST_STEP, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (area == MAP_FAILED) {
			area = NULL;
			rte_errno = errno;
			return -1;
		}
	}
	while (perf_lists_in_use() < lists) {
		if (rte_extmem_register(area + n_added * LIST_STEP, LIST_LEN, NULL, 0,
				PERF_PAGE_SZ) < 0)
			return -1;
		n_added++;
	}
	return 0;
}

void
perf_lists_drop(void)
{
	while (n_added > 0) {
		n_added--;
		rte_extmem_unregister(area + n_added * LIST_STEP, LIST_LEN);
	}
	if (area != NULL)
		munmap(area, RTE_MAX_MEMSEG_LISTS * LIST_STEP);
	area = NULL;
}

/* ---- addresses ---- */

static uint64_t
next_random(void)
{
	static uint64_t state = 88172645463325252; /* xorshift64; the same addresses in every run */

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void
choose_hits(const void *addresses[ADDRESSES])
{
	const struct range *range;
	unsigned int i;

	for (i = 0; i < ADDRESSES; i++) {
		range = &ranges[next_random() % n_ranges];
		addresses[i] = (void *)(range->start + (uintptr_t)(next_random() % range->len));
	}
}

/* after any list: the area has a gap there */
static void
choose_gaps(const void *addresses[ADDRESSES])
{
	unsigned int i;

	for (i = 0; i < ADDRESSES; i++)
		addresses[i] = area + next_random() % RTE_MAX(n_added, 1u) * LIST_STEP + LIST_LEN +
			next_random() % LIST_LEN;
}

/* far from any list: where malloc() put the array itself */
static void
choose_elsewhere(const void *addresses[ADDRESSES])
{
	unsigned int i;

	for (i = 0; i < ADDRESSES; i++)
		addresses[i] = (const char *)addresses + next_random() % ADDRESSES;
}

static const void *blocks[BLOCKS];

static void
choose_blocks(const void *addresses[ADDRESSES])
{
	unsigned int i;

	for (i = 0; i < ADDRESSES; i++)
		addresses[i] = blocks[next_random() % BLOCKS];
}

/* ---- look-ups ---- */

/* What a look-up finds, or 0; last is what the one before found. */
typedef uintptr_t look_up_t(const void *addr, uintptr_t last);

/* Inline, so that the look-up is called as programs call it. */
static __rte_always_inline int
measure(const char *work, void (*choose)(const void *where[ADDRESSES]), look_up_t *look_up,
		unsigned int n, bool hits, unsigned int samples)
{
	const void **addresses = malloc(ADDRESSES * sizeof(*addresses));
	unsigned int i, found, lists = perf_lists_in_use();
	struct perf_samples result = {0};
	struct perf_clocks start;
	uintptr_t last;

	if (addresses == NULL)
		return perf_fail("Allocating memory");
	choose(addresses);
	do {
		found = 0;
		last = 0;
		start = perf_now();
		for (i = 0; i < n; i++) {
			last = look_up(addresses[i], last);
			found += last != 0;
		}
		perf_add(&result, start, n);
	} while (found == (hits ? n : 0) && result.n < samples);
	free(addresses);
	if (found != (hits ? n : 0)) {
		rte_errno = EFAULT;
		return perf_fail(work);
	}
	perf_print(work, lists, "ns", &result);
	return 0;
}

static uintptr_t
find_list(const void *addr, uintptr_t last __rte_unused)
{
	return (uintptr_t)rte_mem_virt2memseg_list(addr);
}

/* Waits for the one before: as long as it takes, not as often as it can be done. */
static uintptr_t
find_list_in_chain(const void *addr, uintptr_t last)
{
	/* the address of a list is even, but the compiler does not know */
	return (uintptr_t)rte_mem_virt2memseg_list(RTE_PTR_ADD(addr, last & 1));
}

static uintptr_t
find_memseg(const void *addr, uintptr_t last __rte_unused)
{
	return (uintptr_t)rte_mem_virt2memseg(addr, NULL);
}

static uintptr_t
find_iova(const void *addr, uintptr_t last __rte_unused)
{
	return rte_mem_virt2iova(addr);
}

static uintptr_t
find_malloc_iova(const void *addr, uintptr_t last __rte_unused)
{
	return rte_malloc_virt2iova(addr);
}

int
perf_hit(unsigned int samples)
{
	return measure("rte_mem_virt2memseg_list, hit", choose_hits, find_list, ADDRESSES, true,
			samples);
}

int
perf_miss(unsigned int samples)
{
	if (n_added > 0 && measure("rte_mem_virt2memseg_list, miss between lists", choose_gaps,
			find_list, ADDRESSES, false, samples) < 0)
		return -1;
	return measure("rte_mem_virt2memseg_list, miss", choose_elsewhere, find_list, ADDRESSES,
			false, samples);
}

int
perf_chain(unsigned int samples)
{
	return measure("rte_mem_virt2memseg_list, hit, in a chain", choose_hits,
			find_list_in_chain, ADDRESSES, true, samples);
}

int
perf_memseg(unsigned int samples)
{
	return measure("rte_mem_virt2memseg, hit", choose_hits, find_memseg, ADDRESSES, true,
			samples);
}

int
perf_ordinary(unsigned int samples)
{
	/* fewer: with physical addresses, each takes a system call */
	const unsigned int n = ADDRESSES / 8;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < BLOCKS; i++) {
		blocks[i] = rte_malloc(NULL, PERF_PAGE_SZ, 0);
		if (blocks[i] == NULL)
			ret = perf_fail("rte_malloc");
	}
	if (ret == 0)
		ret = measure("rte_mem_virt2memseg, ordinary memory", choose_blocks, find_memseg, n,
				true, samples);
	if (ret == 0)
		ret = measure("rte_mem_virt2iova, ordinary memory", choose_blocks, find_iova, n,
				true, samples);
	if (ret == 0)
		ret = measure("rte_malloc_virt2iova, ordinary memory", choose_blocks,
				find_malloc_iova, n, true, samples);
	for (i = 0; i < BLOCKS; i++)
		rte_free((void *)(uintptr_t)blocks[i]);
	return ret;
}

/* ---- threads ---- */

struct changer {
	RTE_ATOMIC(bool) stop;
	unsigned int changes;
	int ret;
};

static uint32_t
change(void *arg)
{
	struct changer *changer = arg;
	/* perf_lists_add() left the last one free */
	void *va = area + (RTE_MAX_MEMSEG_LISTS - 1) * LIST_STEP;

	while (!rte_atomic_load_explicit(&changer->stop, rte_memory_order_relaxed)) {
		if (rte_extmem_register(va, LIST_LEN, NULL, 0, PERF_PAGE_SZ) < 0 ||
				rte_extmem_unregister(va, LIST_LEN) < 0) {
			changer->ret = perf_fail("Registering in a thread");
			break;
		}
		changer->changes += 2;
	}
	return 0;
}

struct looker {
	rte_thread_t thread;
	const void **addresses;
	unsigned int rounds;
	unsigned int wrong;
	struct perf_samples samples;
};

static uint32_t
look(void *arg)
{
	struct looker *looker = arg;
	struct perf_clocks start;
	unsigned int round, i;

	for (round = 0; round < looker->rounds; round++) {
		start = perf_now();
		for (i = 0; i < ADDRESSES; i++)
			looker->wrong += rte_mem_virt2memseg_list(looker->addresses[i]) == NULL;
		perf_add(&looker->samples, start, ADDRESSES);
	}
	return 0;
}

int
perf_threads(unsigned int threads, unsigned int samples)
{
	const void **addresses = malloc(ADDRESSES * sizeof(*addresses));
	struct looker *lookers = calloc(threads, sizeof(*lookers));
	struct perf_samples all = {0};
	struct changer changer = {0};
	unsigned int i, started;
	rte_thread_t thread;

	/* while the list that comes and goes is not there */
	perf_lists_in_use();
	if (addresses != NULL)
		choose_hits(addresses);
	if (addresses == NULL || lookers == NULL ||
			rte_thread_create(&thread, NULL, change, &changer) != 0) {
		free(addresses);
		free(lookers);
		return perf_fail("Starting threads");
	}
	for (started = 0; started < threads; started++) {
		lookers[started].addresses = addresses;
		lookers[started].rounds = samples;
		if (rte_thread_create(&lookers[started].thread, NULL, look, &lookers[started]) != 0)
			break;
	}
	for (i = 0; i < started; i++)
		rte_thread_join(lookers[i].thread, NULL);
	rte_atomic_store_explicit(&changer.stop, true, rte_memory_order_relaxed);
	rte_thread_join(thread, NULL);

	for (i = 0; i < started; i++) {
		unsigned int j;

		for (j = 0; j < lookers[i].samples.n && all.n < PERF_SAMPLES_MAX; j++) {
			all.cpu[all.n] = lookers[i].samples.cpu[j];
			all.wall[all.n++] = lookers[i].samples.wall[j];
		}
		if (lookers[i].wrong != 0) {
			rte_errno = EFAULT;
			changer.ret = perf_fail("A look-up in a thread");
		}
	}
	free(addresses);
	free(lookers);
	if (started < threads || changer.ret < 0)
		return -1;
	perf_print("rte_mem_virt2memseg_list, hit, in threads during changes", threads, "ns", &all);
	return 0;
}

/* ---- getters ---- */

int
perf_getters(const struct perf_getters *getters, const struct rte_memseg_list *msl,
		unsigned int samples)
{
	struct perf_samples fds = {0}, offsets = {0};
	unsigned int i, wrong = 0;
	struct perf_clocks start;
	uint64_t offset;
	char work[80];

	while (fds.n < samples) {
		start = perf_now();
		for (i = 0; i < ADDRESSES; i++)
			wrong += getters->fd(msl) < 0;
		perf_add(&fds, start, ADDRESSES);

		start = perf_now();
		for (i = 0; i < ADDRESSES; i++)
			wrong += getters->offset(msl, &offset) < 0;
		perf_add(&offsets, start, ADDRESSES);
	}
	if (wrong != 0)
		return perf_fail(getters->name);

	snprintf(work, sizeof(work), "descriptor, %s", getters->name);
	perf_print(work, 1, "ns", &fds);
	snprintf(work, sizeof(work), "offset, %s", getters->name);
	perf_print(work, 1, "ns", &offsets);
	return 0;
}

#endif /* RTE_EXEC_ENV_LINUX */
