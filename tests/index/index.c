/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * usage: index <seconds>
 * Looks addresses up in EAL's index of memseg lists while it changes. This is the index itself, with
 * a memory configuration of this program's and no EAL around it, because in EAL a change takes so long
 * that hardly any look-up meets two of them.
 */

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_atomic.h>
#include <rte_common.h>
#include <rte_eal.h>

#include "eal_memcfg.h"
#include "eal_memseg_index.h"
#include "eal_private.h"

/* ---- what there is around the index in EAL ---- */

static struct rte_mem_config mem_config;
struct rte_config rte_config = { .mem_config = &mem_config };
RTE_ATOMIC(uint64_t) eal_extmem_attached[RTE_MAX_MEMSEG_LISTS];

/* When a look-up has its result and has yet to find out whether that means anything */
static void (*interrupt)(void);

static inline void
fence_and_interrupt(int order)
{
	__atomic_thread_fence(order);
	if (order == rte_memory_order_acquire && unlikely(interrupt != NULL))
		interrupt();
}

#undef rte_atomic_thread_fence
#define rte_atomic_thread_fence(order) fence_and_interrupt(order)
#include "eal_memseg_index.c"

/* ---- lists ---- */

#define LISTS RTE_MAX_MEMSEG_LISTS
#define LEN ((uintptr_t)0x10000)
#define PLACES 16 /* that a list has in turn */

/* Each list has places of its own, among those of the others, with a gap after each. */
static char *
place_of(unsigned int list, unsigned int place)
{
	return (char *)(((uintptr_t)place * LISTS + list + 1) * 2 * LEN);
}

static void
put(unsigned int list, char *va)
{
	struct rte_memseg_list *msl = &mem_config.memsegs[list];

	/* as EAL does: a list leaves the index before it is no more, and is whole when it comes */
	eal_memseg_index_write(msl);
	memset(msl, 0, sizeof(*msl));
	if (va == NULL)
		return;
	msl->base_va = va;
	msl->len = LEN;
	eal_memseg_index_write(NULL);
}

static bool
check(bool good, int number, const char *what)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", number, what);
	return good;
}

/* ---- one change at the worst time ---- */

static void
move_list(void)
{
	interrupt = NULL;
	/* two changes: the second is made where the look-up has read */
	put(0, NULL);
	put(0, place_of(0, 1));
}

static bool
change_in_a_look_up(void)
{
	struct rte_memseg_list *before, *after;

	put(0, place_of(0, 0));
	interrupt = move_list;
	before = eal_memseg_index_find(place_of(0, 0));

	put(0, NULL);
	interrupt = move_list;
	after = eal_memseg_index_find(place_of(0, 1));
	put(0, NULL);
	return before == NULL && after == &mem_config.memsegs[0];
}

/* ---- many changes ---- */

/*
 * Lists with an even number stay where they are; one of the others moves, comes or goes at a time.
 * A look-up has to find the former always, the latter in their own places or not at all, and nothing
 * in a gap.
 */
static bool stop;
static unsigned long changes;

struct looker {
	pthread_t thread;
	unsigned long lookups;
	unsigned long wrong;
	uint64_t random;
};

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool
is_right(unsigned int list, unsigned int place, bool in_gap)
{
	const char *addr = place_of(list, place) + (in_gap ? LEN : 0) + LEN / 2;
	const struct rte_memseg_list *found = eal_memseg_index_find(addr);

	if (in_gap)
		return found == NULL;
	if (list % 2 == 0)
		return found == (place == list % PLACES ? &mem_config.memsegs[list] : NULL);
	return found == NULL || found == &mem_config.memsegs[list];
}

static void *
look(void *arg)
{
	struct looker *looker = arg;
	uint64_t random;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		random = next_random(&looker->random);
		/* mostly what is there */
		looker->wrong += !is_right(random % LISTS, random >> 8 & 1 ? (random % LISTS) % PLACES :
				random >> 16 & (PLACES - 1), (random >> 32 & 7) == 0);
		looker->lookups++;
	}
	return NULL;
}

static void *
change(void *arg)
{
	uint64_t random = 88172645463325252;

	RTE_SET_USED(arg);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		unsigned int list = next_random(&random) % (LISTS / 2) * 2 + 1;

		put(list, random >> 32 & 3 ? place_of(list, random >> 16 & (PLACES - 1)) : NULL);
		changes++;
	}
	return NULL;
}

/* Threads that share a CPU interrupt each other within look-ups, and then there are many changes. */
static void
share_a_cpu(pthread_t thread, unsigned int number)
{
	cpu_set_t all, one;
	int cpu, nth;

	sched_getaffinity(0, sizeof(all), &all);
	nth = number % CPU_COUNT(&all);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &all) && nth-- == 0)
			break;
	}
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	pthread_setaffinity_np(thread, sizeof(one), &one);
}

static bool
many_changes(unsigned int seconds)
{
	static struct looker lookers[4];
	unsigned long lookups = 0, wrong = 0;
	unsigned int i, n;
	char what[160];
	pthread_t changer;

	for (i = 0; i < LISTS; i++)
		put(i, place_of(i, i % PLACES));

	pthread_create(&changer, NULL, change, NULL);
	share_a_cpu(changer, 0);
	for (i = 0; i < RTE_DIM(lookers); i++) {
		lookers[i].random = i + 1;
		pthread_create(&lookers[i].thread, NULL, look, &lookers[i]);
		/* three with the one that makes changes, and one that meets them from another CPU */
		share_a_cpu(lookers[i].thread, i / 3);
	}

	/* no need to go on after the first wrong one */
	for (i = 0; i < seconds * 10 && wrong == 0; i++) {
		usleep(100000);
		for (n = 0; n < RTE_DIM(lookers); n++)
			wrong += __atomic_load_n(&lookers[n].wrong, __ATOMIC_RELAXED);
	}
	wrong = 0;
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(changer, NULL);
	for (i = 0; i < RTE_DIM(lookers); i++) {
		pthread_join(lookers[i].thread, NULL);
		lookups += lookers[i].lookups;
		wrong += lookers[i].wrong;
	}
	snprintf(what, sizeof(what), "%lu look-ups in %u threads during %lu changes: %lu wrong",
		lookups, i, changes, wrong);
	return check(wrong == 0 && lookups > 0 && changes > 0, 2, what);
}

int
main(int argc, char **argv)
{
	unsigned int seconds = argc > 1 ? atoi(argv[1]) : 3;
	bool good;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..2\n");
	good = check(change_in_a_look_up(), 1, "a look-up that a change interrupts starts over");
	good &= many_changes(seconds);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
