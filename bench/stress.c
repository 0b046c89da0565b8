/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* Look-ups while another thread registers and unregisters, each of them checked */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "bench.h"

#define PLACES 64u
#define LOOKERS 4
#define PAGE_SZ ((size_t)4096)
#define LEN (16 * PAGE_SZ)

static char *area;
static bool stop;

/* Places with an even number are registered all the time, the others now and then; a gap after each. */
static char *
place(unsigned int number)
{
	return area + number * 2 * LEN;
}

struct looker {
	pthread_t thread;
	unsigned int number;
	uint64_t lookups;
	uint64_t wrong;
};

/* the lists of the even places */
static const struct rte_memseg_list *lists[PLACES];

static bool
is_permanent(const struct rte_memseg_list *msl)
{
	unsigned int i;

	for (i = 0; i < PLACES; i += 2) {
		if (lists[i] == msl)
			return true;
	}
	return false;
}

static void *
look(void *arg)
{
	struct looker *looker = arg;
	uint64_t random = looker->number + 1;
	const struct rte_memseg_list *found;
	unsigned int number;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		number = random % PLACES;

		found = rte_mem_virt2memseg_list(place(number) + (random >> 32) % LEN);
		if (number % 2 == 0)
			looker->wrong += found != lists[number];
		else
			looker->wrong += found != NULL && is_permanent(found);
		looker->wrong += rte_mem_virt2memseg_list(place(number) + LEN) != NULL;
		looker->lookups += 2;
	}
	return NULL;
}

static int
change(unsigned int seconds, uint64_t *changes)
{
	const uint64_t end = perf_now().wall + seconds * UINT64_C(1000000000);
	bool registered[PLACES] = {0};
	unsigned int i;

	for (*changes = 0; perf_now().wall < end; (*changes)++) {
		i = (*changes * 2654435761u >> 8) % (PLACES / 2) * 2 + 1;
		if (registered[i] ? rte_extmem_unregister(place(i), LEN) < 0 :
				rte_extmem_register(place(i), LEN, NULL, 0, PAGE_SZ) < 0)
			return perf_fail("Registering or unregistering");
		registered[i] = !registered[i];
	}
	return 0;
}

int
bench_stress(unsigned int seconds)
{
	struct looker lookers[LOOKERS] = {0};
	uint64_t changes, lookups = 0, wrong = 0;
	unsigned int i;
	int ret;

	area = mmap(NULL, PLACES * 2 * LEN, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED) {
		rte_errno = errno;
		return perf_fail("Reserving address space");
	}
	for (i = 0; i < PLACES; i += 2) {
		if (rte_extmem_register(place(i), LEN, NULL, 0, PAGE_SZ) < 0)
			return perf_fail("Registering");
		lists[i] = rte_mem_virt2memseg_list(place(i));
	}
	for (i = 0; i < LOOKERS; i++) {
		lookers[i].number = i;
		if (pthread_create(&lookers[i].thread, NULL, look, &lookers[i]) != 0)
			return perf_fail("Starting threads");
	}
	ret = change(seconds, &changes);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < LOOKERS; i++) {
		pthread_join(lookers[i].thread, NULL);
		lookups += lookers[i].lookups;
		wrong += lookers[i].wrong;
	}
	printf("%" PRIu64 " look-ups in %u threads while another one registered or unregistered %" PRIu64
		" times: %" PRIu64 " wrong\n", lookups, LOOKERS, changes, wrong);
	return wrong != 0 ? -1 : ret;
}
