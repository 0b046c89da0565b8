/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * External memory that another process registered and this one has not attached: it is found by
 * address, has no memsegs here, and nothing crashes on it.
 */

#include "extmem_dmabuf_util.h"

#ifndef RTE_EXEC_ENV_LINUX

static int
test_extmem_dmabuf_unattached(void)
{
	printf("dma-bufs are Linux's, skipping test\n");
	return TEST_SKIPPED;
}

#else

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>

#include "extmem_dmabuf_peer.h"

#define PAGES 16
#define N_ACTORS 3
#define ROUNDS 200

static int
look_at(enum dbt_op make, enum dbt_op unmake)
{
	struct dbt_peer *actors[N_ACTORS] = { NULL };
	struct dbt_call c;
	unsigned int by, i;

	for (i = 1; i < N_ACTORS; i++) {
		actors[i] = dbt_peer_start();
		TEST_ASSERT(actors[i] != NULL, "no process");
	}
	for (by = 0; by < N_ACTORS; by++) {
		c = (struct dbt_call){ .op = make, .len = PAGES * dbt_page_size() };
		TEST_ASSERT(dbt_do(actors[by], &c) == 0, "process %u: %d", by, c.err);
		for (i = 1; i < N_ACTORS; i++)
			TEST_ASSERT(dbt_op(actors[(by + i) % N_ACTORS], DBT_OP_LOOK, c.va,
				c.len) == 0, "process %u at that of %u", (by + i) % N_ACTORS, by);
		TEST_ASSERT(dbt_op(actors[by], unmake, c.va, c.len) == 0, "process %u", by);
	}
	for (i = 1; i < N_ACTORS; i++)
		TEST_ASSERT(dbt_peer_end(actors[i]) == 0, "process %u", i);
	return TEST_SUCCESS;
}

static int
unattached_dmabuf(void)
{
	return dbt_can_have_peers() ? look_at(DBT_OP_REGISTER, DBT_OP_UNREGISTER) : TEST_SKIPPED;
}

static int
unattached_ordinary_memory(void)
{
	return dbt_can_have_peers() ? look_at(DBT_OP_REGISTER_ORDINARY, DBT_OP_UNREGISTER) :
		TEST_SKIPPED;
}

static int
unattached_heap(void)
{
	int ret;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	TEST_ASSERT(dbt_op(NULL, DBT_OP_HEAP_CREATE, NULL, 0) == 0, "no heap");
	ret = look_at(DBT_OP_HEAP_ADD, DBT_OP_HEAP_REMOVE);
	TEST_ASSERT(dbt_op(NULL, DBT_OP_HEAP_DESTROY, NULL, 0) == 0, "heap not empty");
	return ret;
}

/* A secondary process that ends has nothing to detach, and one that starts maps nothing. */
static int
starts_and_ends_beside_it(void)
{
	struct dbt_peer *by, *other;
	struct dbt_call c = { .op = DBT_OP_REGISTER_ORDINARY, .len = PAGES * dbt_page_size() };
	struct dbt_call d = { .op = DBT_OP_REGISTER, .len = PAGES * dbt_page_size() };

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	by = dbt_peer_start();
	TEST_ASSERT(by != NULL && dbt_do(by, &c) == 0 && dbt_do(by, &d) == 0, "no memory");
	other = dbt_peer_start();
	TEST_ASSERT(other != NULL, "no process");
	TEST_ASSERT(dbt_op(other, DBT_OP_LOOK, c.va, c.len) == 0, "ordinary");
	TEST_ASSERT(dbt_op(other, DBT_OP_LOOK, d.va, d.len) == 0, "dma-buf");
	TEST_ASSERT(dbt_peer_end(other) == 0, "end");
	TEST_ASSERT(dbt_op(by, DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	TEST_ASSERT(dbt_op(by, DBT_OP_UNREGISTER, d.va, d.len) == 0, "unregister");
	return dbt_peer_end(by);
}

/* Memory of any kind comes and goes, also in each other's lists and at each other's addresses. */
static int
keeps_looking_meanwhile(void)
{
	const size_t len = PAGES * dbt_page_size();
	struct dbt_peer *others[2];
	struct dbt_call c, held;
	unsigned int i, round;
	char *va;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	for (i = 0; i < RTE_DIM(others); i++) {
		others[i] = dbt_peer_start();
		TEST_ASSERT(others[i] != NULL, "no process");
	}
	held = (struct dbt_call){ .op = DBT_OP_REGISTER, .len = len };
	TEST_ASSERT(dbt_do(NULL, &held) == 0, "register: %d", held.err);
	va = held.va;
	for (i = 0; i < RTE_DIM(others); i++)
		TEST_ASSERT(dbt_op(others[i], DBT_OP_KEEP_LOOKING, va, 4 * len) == 0, "look");
	for (round = 0; round < ROUNDS; round++) {
		c = (struct dbt_call){ .op = round % 3 ? DBT_OP_REGISTER : DBT_OP_REGISTER_ORDINARY,
			.va = va + (1 + round % 2) * len, .len = (1 + round % 2) * len };
		TEST_ASSERT(dbt_do(NULL, &c) == 0, "register: %d", c.err);
		/* the list of one is the other's the next time */
		if (round % 5 == 0) {
			TEST_ASSERT(dbt_op(NULL, DBT_OP_UNREGISTER, held.va, len) == 0, "%u",
					round);
			held = (struct dbt_call){ .op = DBT_OP_REGISTER, .va = va, .len = len };
			TEST_ASSERT(dbt_do(NULL, &held) == 0, "register: %d", held.err);
		}
		TEST_ASSERT(dbt_op(NULL, DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	}
	for (i = 0; i < RTE_DIM(others); i++) {
		c = (struct dbt_call){ .op = DBT_OP_STOP };
		TEST_ASSERT(dbt_do(others[i], &c) == 0, "process %u read memsegs", i);
		TEST_ASSERT(c.value > 0, "process %u never found a list", i);
		TEST_ASSERT(dbt_peer_end(others[i]) == 0, "end");
	}
	return dbt_op(NULL, DBT_OP_UNREGISTER, held.va, held.len);
}

static struct unit_test_suite extmem_dmabuf_unattached_suite = {
	.suite_name = "extmem that is not attached",
	.unit_test_cases = {
		DBT_CASE(unattached_dmabuf, DBT_NEEDS_DMABUF | DBT_FILES_VARY),
		DBT_CASE(unattached_ordinary_memory, DBT_FILES_VARY),
		DBT_CASE(unattached_heap, DBT_FILES_VARY),
		DBT_CASE(starts_and_ends_beside_it, DBT_NEEDS_DMABUF),
		DBT_CASE(keeps_looking_meanwhile, DBT_NEEDS_DMABUF | DBT_FILES_VARY),
		TEST_CASES_END()
	}
};

static int
test_extmem_dmabuf_unattached(void)
{
	return unit_test_suite_runner(&extmem_dmabuf_unattached_suite);
}

#endif /* RTE_EXEC_ENV_LINUX */

REGISTER_FAST_TEST(extmem_dmabuf_unattached_autotest, NOHUGE_OK, ASAN_OK,
	test_extmem_dmabuf_unattached);
