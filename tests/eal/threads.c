/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Threads that use external memory at once, for ThreadSanitizer: each has addresses of its own where it
 * registers dma-bufs and ordinary memory, and all look at everything. Dma-bufs are stand-ins.
 *
 * usage: threads <rounds>
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "../model/sources.h"

#define THREADS 4
#define AREA_LEN ((size_t)1 << 20)
#define PAGE_LEN ((size_t)4096)
#define LEN (2 * PAGE_LEN)

static unsigned int rounds;
static char *area; /* anywhere: ThreadSanitizer has not all addresses */

static void *
own(unsigned int thread)
{
	return area + thread * AREA_LEN;
}

static void
must(int ret, const char *what)
{
	if (ret == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, rte_strerror(rte_errno));
	exit(2);
}

static int
see_memseg(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	*(uint64_t *)arg += ms->len + msl->len;
	return 0;
}

static int
see_list(const struct rte_memseg_list *msl, void *arg)
{
	*(uint64_t *)arg += msl->page_sz;
	return 0;
}

/* In all ways at this thread's own memory, which stays meanwhile. */
static uint64_t
look(void *va)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(va);

	return rte_mem_virt2iova(va) + (uintptr_t)rte_memseg_list_get_va(msl) + rte_memseg_list_get_socket_id(msl) +
		(rte_mem_virt2memseg(va, msl) != NULL);
}

/* At that of another thread, which may go. */
static uint64_t
look_at_other(void *va)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(va);
	uint64_t offset = 0;

	if (msl != NULL)
		rte_memseg_list_get_dmabuf_offset(msl, &offset);
	return msl == NULL ? 0 : offset + rte_memseg_list_get_dmabuf_fd(msl);
}

static uint64_t
use(unsigned int thread, unsigned int round)
{
	char *va = own(thread), *ordinary = va + AREA_LEN / 2, *other = own((thread + 1 + round % (THREADS - 1)) % THREADS);
	uint64_t sum;
	void *p;

	must(rte_extmem_register_dmabuf(va, LEN, source_fd(0), PAGE_LEN, NULL, 0, PAGE_LEN), "register a dma-buf");
	must(rte_extmem_register(ordinary, LEN, NULL, 0, PAGE_LEN), "register");
	if (round % 2)
		must(rte_extmem_detach(va, LEN), "detach");
	sum = look(va) + look(ordinary) + look_at_other(other) + look_at_other(other + AREA_LEN / 2);
	p = rte_malloc(NULL, 4096, 0);
	must(p == NULL, "allocate");
	rte_free(p);
	must(rte_extmem_unregister(ordinary, LEN), "unregister");
	must(rte_extmem_unregister(va, LEN), "unregister a dma-buf");
	return sum;
}

static void *
run(void *arg)
{
	unsigned int thread = (uintptr_t)arg, round;
	uint64_t sum = 0;

	for (round = 0; round < rounds; round++) {
		sum += use(thread, round);
		if (round % 8 == 0) {
			rte_memseg_walk(see_memseg, &sum);
			rte_memseg_list_walk(see_list, &sum);
		}
	}
	return (void *)(uintptr_t)(sum == 0);
}

int
main(int argc __rte_unused, char **argv)
{
	char *args[] = { argv[0], "-l0", "--no-huge", "-m64", "--no-pci", "--no-telemetry", "--log-level=3" };
	pthread_t threads[THREADS];
	unsigned int i;

	rounds = atoi(argv[1]);
	area = mmap(NULL, THREADS * AREA_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED || rte_eal_init(RTE_DIM(args), args) < 0 || sources_create(false) != 0)
		return 2;
	for (i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)i), "start a thread");
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
