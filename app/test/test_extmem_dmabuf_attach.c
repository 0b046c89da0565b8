/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Several processes with one dma-buf: the descriptor goes with rte_extmem_attach() and comes back
 * with rte_extmem_detach(), whoever registered and whoever attaches.
 */

#include "extmem_dmabuf_util.h"

#ifndef RTE_EXEC_ENV_LINUX

static int
test_extmem_dmabuf_attach(void)
{
	printf("dma-bufs are Linux's, skipping test\n");
	return TEST_SKIPPED;
}

static int
test_extmem_dmabuf_no_ipc(void)
{
	return test_extmem_dmabuf_attach();
}

#else

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>

#include "extmem_dmabuf_peer.h"

#define PAGES 16
#define N_ACTORS 4
#define ROUNDS 5

static size_t
length(void)
{
	return PAGES * dbt_page_size();
}

/* To start a process takes long, so test cases hand on those that are as they were. */
static struct dbt_peer *started[N_ACTORS];

/* This process and some secondary ones. */
static int
start(struct dbt_peer *actors[], unsigned int n, struct dbt_state before[])
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (started[i] != NULL && !started[i]->idle)
			started[i] = NULL; /* a test case failed */
		actors[i] = i == 0 || started[i] != NULL ? started[i] : dbt_peer_start();
		if (i > 0 && actors[i] == NULL)
			return -1;
		if (i > 0)
			actors[i]->idle = false;
		/* each started process adds files, so this comes last for all */
	}
	for (i = 0; i < n; i++)
		before[i] = dbt_peer_state(actors[i]);
	return 0;
}

static int
check_unchanged(struct dbt_peer *actors[], unsigned int n, const struct dbt_state before[])
{
	struct dbt_state now;
	unsigned int i;

	for (i = 0; i < n; i++) {
		now = dbt_peer_settled(actors[i], &before[i]);
		TEST_ASSERT(dbt_state_same(&before[i], &now, 0), "process %u, see above", i);
	}
	return 0;
}

/*
 * The same while a list is registered, which has a file, and of which the primary process, the
 * first, keeps a descriptor.
 */
static int
check_fds(struct dbt_peer *actors[], unsigned int n, const struct dbt_state before[])
{
	struct dbt_state now;
	unsigned int i;

	for (i = 0; i < n; i++) {
		now = dbt_peer_state(actors[i]);
		now.files = before[i].files;
		if (actors[i] == NULL && now.fds == before[i].fds + 1) {
			now.fds = before[i].fds;
			now.fd_hash = before[i].fd_hash;
		}
		TEST_ASSERT(dbt_state_same(&before[i], &now, 0), "process %u, see above", i);
	}
	return 0;
}

static int
end(struct dbt_peer *actors[], unsigned int n)
{
	unsigned int i;

	for (i = 1; i < n; i++) {
		if (actors[i] == started[i])
			actors[i]->idle = true;
		else
			TEST_ASSERT(dbt_peer_end(actors[i]) == 0, "process %u, see above", i);
	}
	return 0;
}

/* All have the dma-buf: the same number, the same file, and what one writes another reads. */
static int
check_shared(struct dbt_peer *actors[], unsigned int n, const struct dbt_call *registered)
{
	struct dbt_call c;
	unsigned int i;

	for (i = 0; i < n; i++) {
		c = (struct dbt_call){ .op = DBT_OP_FD, .va = registered->va };
		TEST_ASSERT(dbt_do(actors[i], &c) == 0, "process %u has no descriptor", i);
		TEST_ASSERT(c.fd == registered->fd, "process %u: descriptor %d and not %d", i, c.fd,
			registered->fd);
		TEST_ASSERT(c.ino == registered->ino, "process %u: another file", i);
		c.op = DBT_OP_POKE;
		c.value = (uintptr_t)registered->va + i;
		TEST_ASSERT(dbt_do(actors[i], &c) == 0, "process %u can't write", i);
		c.op = DBT_OP_PEEK;
		c.value = 0;
		TEST_ASSERT(dbt_do(actors[(i + 1) % n], &c) == 0 &&
			c.value == (uintptr_t)registered->va + i,
			"process %u does not see what process %u wrote", (i + 1) % n, i);
	}
	return 0;
}

static int
register_by(struct dbt_peer *actor, struct dbt_call *c)
{
	*c = (struct dbt_call){ .op = DBT_OP_REGISTER, .len = length() };
	TEST_ASSERT(dbt_do(actor, c) == 0, "register: rte_errno %d", c->err);
	return 0;
}

/* ---- what works ---- */

static int
each_registers_and_the_others_attach(void)
{
	struct dbt_peer *actors[N_ACTORS];
	struct dbt_state before[N_ACTORS];
	struct dbt_call c;
	unsigned int by, i, other;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	TEST_ASSERT(start(actors, N_ACTORS, before) == 0, "no processes");
	for (by = 0; by < N_ACTORS; by++) {
		TEST_ASSERT(register_by(actors[by], &c) == 0, "process %u", by);
		for (i = 1; i < N_ACTORS; i++) {
			other = (by + i) % N_ACTORS;
			TEST_ASSERT(dbt_op(actors[other], DBT_OP_LOOK, c.va, c.len) == 0,
				"process %u before it attached", other);
			TEST_ASSERT(dbt_op(actors[other], DBT_OP_ATTACH, c.va, c.len) == 0,
				"process %u attaches what %u registered", other, by);
		}
		TEST_ASSERT(check_shared(actors, N_ACTORS, &c) == 0, "registered by %u", by);
		for (i = 1; i < N_ACTORS; i++)
			TEST_ASSERT(dbt_op(actors[(by + i) % N_ACTORS], DBT_OP_DETACH, c.va,
				c.len) == 0, "detach");
		TEST_ASSERT(dbt_op(actors[by], DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
		TEST_ASSERT(check_unchanged(actors, N_ACTORS, before) == 0, "by %u", by);
	}
	return end(actors, N_ACTORS);
}

static int
all_register_and_all_attach_all(void)
{
	struct dbt_peer *actors[N_ACTORS];
	struct dbt_state before[N_ACTORS];
	struct dbt_call c[N_ACTORS];
	unsigned int i, j;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	TEST_ASSERT(start(actors, N_ACTORS, before) == 0, "no processes");
	for (i = 0; i < N_ACTORS; i++)
		TEST_ASSERT(register_by(actors[i], &c[i]) == 0, "process %u", i);
	for (i = 0; i < N_ACTORS; i++) {
		for (j = 0; j < N_ACTORS; j++) {
			TEST_ASSERT(j == i || c[j].fd != c[i].fd, "descriptor %d is two lists'",
				c[i].fd);
			TEST_ASSERT(j == i || dbt_op(actors[i], DBT_OP_ATTACH, c[j].va,
				c[j].len) == 0, "process %u attaches what %u registered", i, j);
		}
	}
	for (j = 0; j < N_ACTORS; j++)
		TEST_ASSERT(check_shared(actors, N_ACTORS, &c[j]) == 0, "registered by %u", j);
	for (i = 0; i < N_ACTORS; i++) {
		for (j = 0; j < N_ACTORS; j++)
			TEST_ASSERT(j == i || dbt_op(actors[i], DBT_OP_DETACH, c[j].va,
				c[j].len) == 0, "detach");
	}
	for (i = 0; i < N_ACTORS; i++)
		TEST_ASSERT(dbt_op(actors[i], DBT_OP_UNREGISTER, c[i].va, c[i].len) == 0,
			"unregister");
	TEST_ASSERT(check_unchanged(actors, N_ACTORS, before) == 0, "left over");
	return end(actors, N_ACTORS);
}

static int
process_that_starts_later_attaches(void)
{
	struct dbt_peer *actors[3] = { NULL };
	struct dbt_state before;
	struct dbt_call c;
	unsigned int i;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	TEST_ASSERT(register_by(NULL, &c) == 0, "this process");
	before = dbt_peer_state(NULL);
	for (i = 1; i < RTE_DIM(actors); i++) {
		actors[i] = dbt_peer_start();
		TEST_ASSERT(actors[i] != NULL, "no process");
		TEST_ASSERT(dbt_op(actors[i], DBT_OP_ATTACH, c.va, c.len) == 0, "attach");
		TEST_ASSERT(check_shared(actors, i + 1, &c) == 0, "with %u processes", i + 1);
	}
	/* one ends without detaching, one detaches */
	TEST_ASSERT(dbt_peer_end(actors[1]) == 0, "end");
	TEST_ASSERT(dbt_op(actors[2], DBT_OP_DETACH, c.va, c.len) == 0, "detach");
	TEST_ASSERT(dbt_peer_end(actors[2]) == 0, "end");
	TEST_ASSERT(check_unchanged(actors, 1, &before) == 0, "left over");
	return dbt_op(NULL, DBT_OP_UNREGISTER, c.va, c.len);
}

static int
attaches_again_and_again(void)
{
	struct dbt_peer *actors[3];
	struct dbt_state before[3];
	struct dbt_call c;
	unsigned int i, round;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	TEST_ASSERT(start(actors, 3, before) == 0, "no processes");
	for (round = 0; round < ROUNDS; round++) {
		/* the list, its address and its descriptor are those of the round before, reused */
		TEST_ASSERT(register_by(actors[2], &c) == 0, "register");
		for (i = 0; i < ROUNDS; i++) {
			TEST_ASSERT(dbt_op(actors[0], DBT_OP_ATTACH, c.va, c.len) == 0, "attach");
			TEST_ASSERT(dbt_op(actors[1], DBT_OP_ATTACH, c.va, c.len) == 0, "attach");
			TEST_ASSERT(check_shared(actors, 3, &c) == 0, "round %u", i);
			TEST_ASSERT(dbt_op(actors[0], DBT_OP_DETACH, c.va, c.len) == 0, "detach");
			TEST_ASSERT(check_shared(actors + 1, 2, &c) == 0, "round %u", i);
			TEST_ASSERT(dbt_op(actors[1], DBT_OP_DETACH, c.va, c.len) == 0, "detach");
			TEST_ASSERT(check_fds(actors, 2, before) == 0, "round %u", i);
		}
		TEST_ASSERT(dbt_op(actors[2], DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	}
	TEST_ASSERT(check_unchanged(actors, 3, before) == 0, "left over");
	return end(actors, 3);
}

/* The one that registered detaches, and gets it back from one that attached. */
static int
registrar_detaches_and_attaches(void)
{
	struct dbt_peer *actors[3];
	struct dbt_state before[3];
	struct dbt_call c;
	unsigned int by;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	TEST_ASSERT(start(actors, 3, before) == 0, "no processes");
	for (by = 0; by < 2; by++) {
		struct dbt_peer *a = actors[by], *b = actors[2];

		TEST_ASSERT(register_by(a, &c) == 0, "register");
		TEST_ASSERT(dbt_op(b, DBT_OP_ATTACH, c.va, c.len) == 0, "attach");
		TEST_ASSERT(dbt_op(a, DBT_OP_DETACH, c.va, c.len) == 0, "detach");
		TEST_ASSERT(check_fds(&a, 1, &before[by]) == 0, "detached");
		TEST_ASSERT(dbt_op(a, DBT_OP_ATTACH, c.va, c.len) == 0, "attach again");
		TEST_ASSERT(check_shared((struct dbt_peer *[]){ a, b }, 2, &c) == 0, "shared");
		TEST_ASSERT(dbt_op(a, DBT_OP_DETACH, c.va, c.len) == 0, "detach again");
		/* and the other unregisters */
		TEST_ASSERT(dbt_op(b, DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
		TEST_ASSERT(check_unchanged(actors, 3, before) == 0, "left over");
	}
	return end(actors, 3);
}

/* Nobody destroys what another uses, also when that one failed to destroy it before. */
static int
unregisters_when_no_other_uses_it(void)
{
	struct dbt_peer *actors[3];
	struct dbt_state before[3];
	struct dbt_call c;
	unsigned int i;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	TEST_ASSERT(start(actors, 3, before) == 0, "no processes");
	TEST_ASSERT(register_by(actors[1], &c) == 0, "register");
	TEST_ASSERT(dbt_op(actors[2], DBT_OP_ATTACH, c.va, c.len) == 0, "attach");
	for (i = 0; i < 2 * RTE_DIM(actors); i++)
		DBT_OP_FAILS(actors[i % RTE_DIM(actors)], DBT_OP_UNREGISTER, c.va, c.len, EBUSY);
	TEST_ASSERT(check_shared(actors + 1, 2, &c) == 0, "still there");
	TEST_ASSERT(dbt_op(actors[2], DBT_OP_DETACH, c.va, c.len) == 0, "detach");
	DBT_OP_FAILS(actors[2], DBT_OP_UNREGISTER, c.va, c.len, EBUSY);
	TEST_ASSERT(dbt_op(actors[1], DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	TEST_ASSERT(check_unchanged(actors, 3, before) == 0, "left over");
	return end(actors, 3);
}

/* The addresses of both are the same, and the numbers of lists and descriptors. */
static int
two_file_prefixes(void)
{
	struct dbt_peer *ours[2] = { NULL }, *theirs[2];
	struct dbt_call a, b;
	char prefix[64];

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	snprintf(prefix, sizeof(prefix), "dbt_other%d", getpid());
	ours[1] = dbt_peer_start();
	theirs[0] = dbt_peer_start_of(prefix, true);
	theirs[1] = dbt_peer_start_of(prefix, false);
	TEST_ASSERT(ours[1] != NULL && theirs[0] != NULL && theirs[1] != NULL, "no processes");
	TEST_ASSERT(register_by(ours[0], &a) == 0, "register");
	b = (struct dbt_call){ .op = DBT_OP_REGISTER, .va = a.va, .len = a.len };
	TEST_ASSERT(dbt_do(theirs[0], &b) == 0, "rte_errno %d", b.err);
	TEST_ASSERT(a.ino != b.ino, "one dma-buf for both");
	TEST_ASSERT(dbt_op(ours[1], DBT_OP_ATTACH, a.va, a.len) == 0, "attach");
	TEST_ASSERT(dbt_op(theirs[1], DBT_OP_ATTACH, b.va, b.len) == 0, "attach");
	TEST_ASSERT(check_shared(ours, 2, &a) == 0, "ours");
	TEST_ASSERT(check_shared(theirs, 2, &b) == 0, "theirs");
	TEST_ASSERT(dbt_op(ours[1], DBT_OP_DETACH, a.va, a.len) == 0, "detach");
	TEST_ASSERT(dbt_op(ours[0], DBT_OP_UNREGISTER, a.va, a.len) == 0, "unregister");
	TEST_ASSERT(check_shared(theirs, 2, &b) == 0, "theirs when ours is gone");
	TEST_ASSERT(dbt_peer_end(ours[1]) == 0 && dbt_peer_end(theirs[1]) == 0 &&
		dbt_peer_end(theirs[0]) == 0, "end");
	return TEST_SUCCESS;
}

/* ---- what can't work ---- */

static int
attach_errors(void)
{
	struct dbt_peer *actors[3];
	struct dbt_state before[3];
	struct dbt_call c, fd;
	unsigned int i;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	TEST_ASSERT(start(actors, 3, before) == 0, "no processes");
	DBT_OP_FAILS(actors[1], DBT_OP_ATTACH, NULL, length(), EINVAL);
	TEST_ASSERT(register_by(actors[0], &c) == 0, "register");
	for (i = 0; i < RTE_DIM(actors); i++) {
		/* not registered */
		DBT_OP_FAILS(actors[i], DBT_OP_ATTACH, (char *)c.va + c.len, c.len, ENOENT);
		DBT_OP_FAILS(actors[i], DBT_OP_ATTACH, c.va, c.len - dbt_page_size(), ENOENT);
		DBT_OP_FAILS(actors[i], DBT_OP_ATTACH, c.va, 0, EINVAL);
	}
	/* this process's already */
	DBT_OP_FAILS(actors[0], DBT_OP_ATTACH, c.va, c.len, EEXIST);
	TEST_ASSERT(dbt_op(actors[1], DBT_OP_ATTACH, c.va, c.len) == 0, "attach");
	DBT_OP_FAILS(actors[1], DBT_OP_ATTACH, c.va, c.len, EEXIST);
	TEST_ASSERT(dbt_op(actors[1], DBT_OP_DETACH, c.va, c.len) == 0, "detach");
	DBT_OP_FAILS(actors[1], DBT_OP_DETACH, c.va, c.len, ENOENT);

	/* the number is in use */
	fd = (struct dbt_call){ .op = DBT_OP_TAKE_FD, .fd = c.fd };
	TEST_ASSERT(dbt_do(actors[1], &fd) == 0, "can't occupy %d", c.fd);
	DBT_OP_FAILS(actors[1], DBT_OP_ATTACH, c.va, c.len, EBUSY);
	fd.op = DBT_OP_FREE_FD;
	TEST_ASSERT(dbt_do(actors[1], &fd) == 0, "can't free %d", c.fd);

	/* the number is beyond the limit, then just within */
	fd = (struct dbt_call){ .op = DBT_OP_LIMIT_FDS, .fd = c.fd };
	TEST_ASSERT(dbt_do(actors[1], &fd) == 0, "no limit");
	DBT_OP_FAILS(actors[1], DBT_OP_ATTACH, c.va, c.len, EMFILE);
	fd.fd = 0;
	TEST_ASSERT(dbt_do(actors[1], &fd) == 0, "limit not given back");
	fd.fd = c.fd + 1;
	TEST_ASSERT(dbt_do(actors[1], &fd) == 0, "no limit");
	TEST_ASSERT(dbt_op(actors[1], DBT_OP_ATTACH, c.va, c.len) == 0, "within the limit");

	TEST_ASSERT(dbt_op(actors[1], DBT_OP_DETACH, c.va, c.len) == 0, "detach");
	fd.fd = 0;
	TEST_ASSERT(dbt_do(actors[1], &fd) == 0, "limit not given back");
	TEST_ASSERT(dbt_op(actors[0], DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	TEST_ASSERT(check_unchanged(actors, 3, before) == 0, "left over");
	return end(actors, 3);
}

/* Do an operation while a process has no descriptor free, or so many; returns its rte_errno. */
static int
while_full(struct dbt_peer *full, unsigned int room, struct dbt_peer *actor, struct dbt_call *c)
{
	struct dbt_call limit = { .op = DBT_OP_LIMIT_FDS, .fd = 3, .value = room };

	if (dbt_do(full, &limit) != 0)
		return -1;
	dbt_do(actor, c);
	limit.fd = 0;
	return dbt_do(full, &limit) == 0 ? c->err : -1;
}

static int
attach_and_detach(struct dbt_peer *actor, const struct dbt_call *c)
{
	TEST_ASSERT(dbt_op(actor, DBT_OP_ATTACH, c->va, c->len) == 0, "attach");
	TEST_ASSERT(dbt_op(actor, DBT_OP_DETACH, c->va, c->len) == 0, "detach");
	return 0;
}

/*
 * A process without a free descriptor: who asks, who is asked, or neither. All still answer after.
 */
static int
full_process(void)
{
	struct dbt_peer *actors[3];
	struct dbt_state before[3];
	struct dbt_call c, d;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	TEST_ASSERT(start(actors, 3, before) == 0, "no processes");
	TEST_ASSERT(register_by(actors[1], &c) == 0, "register");
	d = (struct dbt_call){ .op = DBT_OP_ATTACH, .va = c.va, .len = c.len };

	/* the keeper can't duplicate what it keeps */
	TEST_ASSERT(while_full(actors[0], 0, actors[2], &d) == EMFILE, "%d", d.err);
	TEST_ASSERT(attach_and_detach(actors[2], &c) == 0, "later");
	/* what the keeper sends finds no number free */
	TEST_ASSERT(while_full(actors[2], 0, actors[2], &d) == ETIMEDOUT, "%d", d.err);
	TEST_ASSERT(attach_and_detach(actors[2], &c) == 0, "later");
	/* who registered it does not matter */
	TEST_ASSERT(while_full(actors[1], 0, actors[2], &d) == 0, "%d", d.err);
	TEST_ASSERT(dbt_op(actors[2], DBT_OP_DETACH, c.va, c.len) == 0, "detach");
	TEST_ASSERT(dbt_op(actors[1], DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");

	/* what is sent to the keeper finds no number free, so nothing is registered */
	d = (struct dbt_call){ .op = DBT_OP_REGISTER, .len = length() };
	TEST_ASSERT(while_full(actors[0], 0, actors[1], &d) == ETIMEDOUT, "%d", d.err);
	TEST_ASSERT(check_unchanged(actors, 3, before) == 0, "left over");
	TEST_ASSERT(register_by(actors[1], &c) == 0, "register");
	TEST_ASSERT(attach_and_detach(actors[0], &c) == 0, "the primary process");
	TEST_ASSERT(attach_and_detach(actors[2], &c) == 0, "the other one");
	TEST_ASSERT(dbt_op(actors[1], DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	TEST_ASSERT(check_unchanged(actors, 3, before) == 0, "left over");
	return end(actors, 3);
}

/*
 * Who registered it is gone: killed, ended or detached. The
 * keeper has it, until it is unregistered.
 */
static int
registrar_is_gone(void)
{
	enum { KILLED, ENDED, DETACHED, HOWS } how;
	struct dbt_peer *actors[2], *by, *here = NULL;
	struct dbt_state before[2];
	struct dbt_call c, d;
	unsigned int attached;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	TEST_ASSERT(start(actors, 2, before) == 0, "no processes");
	for (how = KILLED; how < HOWS; how++) {
		for (attached = 0; attached < 2; attached++) {
			by = dbt_peer_start();
			TEST_ASSERT(by != NULL, "no process");
			TEST_ASSERT(register_by(by, &c) == 0, "register");
			if (how == KILLED)
				dbt_peer_kill(by);
			else if (how == DETACHED)
				TEST_ASSERT(dbt_op(by, DBT_OP_DETACH, c.va, c.len) == 0, "detach");
			else
				TEST_ASSERT(dbt_peer_end(by) == 0, "end");
			TEST_ASSERT(attach_and_detach(here, &c) == 0, "the keeper");
			TEST_ASSERT(!attached || dbt_op(actors[1], DBT_OP_ATTACH, c.va, c.len) == 0,
				"attach");
			/* also by one that has not attached what nobody has attached */
			TEST_ASSERT(dbt_op(actors[1], DBT_OP_UNREGISTER, c.va, c.len) == 0,
				"unregister");
			/* before it keeps another, the keeper closes what is gone */
			TEST_ASSERT(register_by(here, &d) == 0, "register another");
			TEST_ASSERT(dbt_op(here, DBT_OP_UNREGISTER, d.va, d.len) == 0, "unregister");
			DBT_OP_FAILS(here, DBT_OP_ATTACH, c.va, c.len, ENOENT);
			DBT_OP_FAILS(here, DBT_OP_UNREGISTER, c.va, c.len, ENOENT);
			TEST_ASSERT(how != DETACHED || dbt_peer_end(by) == 0, "end");
			TEST_ASSERT(check_unchanged(actors, 2, before) == 0, "left over");
		}
	}
	return end(actors, 2);
}

/* The primary process does not answer in time, and later does: nobody is confused by that. */
static int
late_answer(void)
{
	struct dbt_peer *p, *by, *other;
	struct dbt_state before[2];
	struct dbt_call c, d;
	char prefix[64];

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	snprintf(prefix, sizeof(prefix), "dbt_late%d", getpid());
	p = dbt_peer_start_of(prefix, true);
	by = p == NULL ? NULL : dbt_peer_start_of(prefix, false);
	other = by == NULL ? NULL : dbt_peer_start_of(prefix, false);
	TEST_ASSERT(other != NULL, "no processes");
	before[0] = dbt_peer_state(p);
	before[1] = dbt_peer_state(other);
	TEST_ASSERT(register_by(by, &c) == 0, "register");

	dbt_peer_stop(p);
	DBT_OP_FAILS(other, DBT_OP_ATTACH, c.va, c.len, ETIMEDOUT);
	d = (struct dbt_call){ .op = DBT_OP_REGISTER, .len = length() };
	TEST_ASSERT(dbt_do(other, &d) == -1 && d.err == ETIMEDOUT, "%d, %d", d.ret, d.err);
	dbt_peer_continue(p);

	/* the reply to the earlier request is not taken for one to this */
	TEST_ASSERT(dbt_op(other, DBT_OP_ATTACH, c.va, c.len) == 0, "attach");
	TEST_ASSERT(check_shared((struct dbt_peer *[]){ by, other }, 2, &c) == 0, "shared");
	TEST_ASSERT(dbt_op(other, DBT_OP_DETACH, c.va, c.len) == 0, "detach");
	/* the keeper keeps nothing of what was taken back */
	DBT_OP_FAILS(p, DBT_OP_ATTACH, d.va, d.len, ENOENT);
	TEST_ASSERT(register_by(other, &d) == 0, "register");
	TEST_ASSERT(attach_and_detach(by, &d) == 0, "the other one");
	TEST_ASSERT(dbt_op(other, DBT_OP_UNREGISTER, d.va, d.len) == 0, "unregister");
	TEST_ASSERT(dbt_op(by, DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	TEST_ASSERT(check_unchanged((struct dbt_peer *[]){ p, other }, 2, before) == 0,
			"left over");
	TEST_ASSERT(dbt_peer_end(other) == 0 && dbt_peer_end(by) == 0 &&
			dbt_peer_end(p) == 0, "end");
	return TEST_SUCCESS;
}

/* Nothing that the primary process may answer is taken for the dma-buf that was registered. */
static int
wrong_answers(void)
{
	static const int errors[] = {
		[DBT_LIE_OTHER_DMABUF] = EPROTO, [DBT_LIE_LATE_FIRST] = EPROTO,
		[DBT_LIE_NO_FD] = EPROTO, [DBT_LIE_SHORT] = EPROTO,
	};
	struct dbt_call c, lie = { .op = DBT_OP_LIE, .len = length() };
	struct dbt_call d = { .op = DBT_OP_REGISTER, .len = length() };
	struct dbt_state before;
	struct dbt_peer *p, *s;
	char prefix[64];

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	snprintf(prefix, sizeof(prefix), "dbt_lies%d", getpid());
	p = dbt_peer_start_of(prefix, true);
	s = p == NULL ? NULL : dbt_peer_start_of(prefix, false);
	TEST_ASSERT(s != NULL, "no processes");
	TEST_ASSERT(register_by(p, &c) == 0, "register");
	TEST_ASSERT(attach_and_detach(s, &c) == 0, "the truth");
	for (lie.value = 0; lie.value < RTE_DIM(errors); lie.value++) {
		TEST_ASSERT(dbt_do(p, &lie) == 0, "no lie");
		printf("lie %" PRIu64 "\n", lie.value);
		DBT_OP_FAILS(s, DBT_OP_ATTACH, c.va, c.len, errors[lie.value]);
	}
	/* the last one is no answer to a registration, either */
	before = dbt_peer_state(s);
	TEST_ASSERT(dbt_do(s, &d) == -1 && d.err == EPROTO, "register: %d, %d", d.ret, d.err);
	TEST_ASSERT(dbt_peer_state(s).list_hash == before.list_hash, "a list is left");
	return TEST_SUCCESS;
}

/*
 * What tells the keeper that memory is unregistered gets lost:
 * it notices when it next does anything.
 */
static int
lost_drop(void)
{
	char path[PATH_MAX], aside[PATH_MAX];
	struct dbt_state before;
	struct dbt_peer *by;
	struct dbt_call c;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	snprintf(path, sizeof(path), "%s/mp_socket", rte_eal_get_runtime_dir());
	snprintf(aside, sizeof(aside), "%s/dbt_aside", rte_eal_get_runtime_dir());
	by = dbt_peer_start();
	TEST_ASSERT(by != NULL, "no process");
	before = dbt_peer_state(NULL);
	TEST_ASSERT(register_by(by, &c) == 0, "register");
	TEST_ASSERT(rename(path, aside) == 0, "no socket");
	dbt_op(by, DBT_OP_UNREGISTER, c.va, c.len);
	TEST_ASSERT(rename(aside, path) == 0, "no socket");
	TEST_ASSERT(dbt_peer_state(NULL).fds == before.fds + 1, "the keeper knew");
	TEST_ASSERT(register_by(NULL, &c) == 0, "register");
	TEST_ASSERT(dbt_op(NULL, DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	TEST_ASSERT(check_unchanged(&(struct dbt_peer *){ NULL }, 1, &before) == 0, "left over");
	return dbt_peer_end(by);
}

/*
 * A process dies while it waits for the keeper to keep: what it registered can be attached, and go.
 */
static int
dies_before_it_is_kept(void)
{
	struct dbt_peer *p, *by, *other;
	struct dbt_state before;
	struct dbt_call c = { .op = DBT_OP_REGISTER, .len = length() }, u;
	char prefix[64];

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	snprintf(prefix, sizeof(prefix), "dbt_dies%d", getpid());
	p = dbt_peer_start_of(prefix, true);
	by = p == NULL ? NULL : dbt_peer_start_of(prefix, false);
	other = by == NULL ? NULL : dbt_peer_start_of(prefix, false);
	TEST_ASSERT(other != NULL, "no processes");
	before = dbt_peer_state(p);
	c.va = (void *)DBT_VA;
	dbt_peer_stop(p);
	TEST_ASSERT(dbt_begin(by, &c) == 0, "register");
	/* it is published before the keeper is asked */
	do {
		u = (struct dbt_call){ .op = DBT_OP_UNREGISTER, .va = c.va, .len = c.len };
		dbt_do(other, &u);
	} while (u.err == ENOENT);
	TEST_ASSERT(u.err == EBUSY, "unregister: %d", u.err);
	dbt_peer_kill(by);
	TEST_ASSERT(dbt_op(other, DBT_OP_UNREGISTER, c.va, c.len) == 0, "what nobody has");
	dbt_peer_continue(p);
	DBT_OP_FAILS(other, DBT_OP_ATTACH, c.va, c.len, ENOENT);
	TEST_ASSERT(register_by(other, &c) == 0 && attach_and_detach(p, &c) == 0, "go on");
	TEST_ASSERT(dbt_op(other, DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	TEST_ASSERT(dbt_peer_settled(p, &before).fd_hash == before.fd_hash, "descriptors");
	TEST_ASSERT(dbt_peer_end(other) == 0 && dbt_peer_end(p) == 0, "end");
	return TEST_SUCCESS;
}

/* Without the primary process the others keep what they have, and get nothing new. */
static int
primary_is_killed(void)
{
	struct dbt_peer *p, *by, *other;
	struct dbt_state before;
	struct dbt_call c, d, refused;
	char prefix[64];

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	snprintf(prefix, sizeof(prefix), "dbt_killed%d", getpid());
	p = dbt_peer_start_of(prefix, true);
	TEST_ASSERT(p != NULL, "no primary process");
	by = dbt_peer_start_of(prefix, false);
	other = dbt_peer_start_of(prefix, false);
	TEST_ASSERT(by != NULL && other != NULL, "no processes");
	TEST_ASSERT(register_by(by, &c) == 0 && register_by(p, &d) == 0, "register");
	TEST_ASSERT(dbt_op(other, DBT_OP_ATTACH, c.va, c.len) == 0, "attach");
	TEST_ASSERT(dbt_op(other, DBT_OP_ATTACH, d.va, d.len) == 0, "attach");
	dbt_peer_kill(p);
	TEST_ASSERT(check_shared((struct dbt_peer *[]){ by, other }, 2, &c) == 0, "shared");
	TEST_ASSERT(check_shared(&other, 1, &d) == 0, "of the primary process");
	DBT_OP_FAILS(by, DBT_OP_ATTACH, d.va, d.len, ECONNREFUSED);
	before = dbt_peer_state(by);
	refused = (struct dbt_call){ .op = DBT_OP_REGISTER, .len = length() };
	TEST_ASSERT(dbt_do(by, &refused) == -1 && refused.err == ECONNREFUSED, "%d, %d",
		refused.ret, refused.err);
	TEST_ASSERT(dbt_peer_state(by).list_hash == before.list_hash, "a list was left");
	TEST_ASSERT(dbt_op(other, DBT_OP_DETACH, c.va, c.len) == 0, "detach");
	TEST_ASSERT(dbt_op(by, DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	before = dbt_peer_state(other);

	/*
	 * The next one can't start while others have the former one's memory, with an unmodified
	 * EAL either, and trying it takes nothing away that they hold. Then it starts clean.
	 */
	TEST_ASSERT(dbt_peer_start_of(prefix, true) == NULL, "two worlds in one");
	TEST_ASSERT(dbt_peer_state(other).fd_hash == before.fd_hash, "descriptors of the other");
	dbt_peer_kill(by);
	dbt_peer_kill(other);
	p = dbt_peer_start_of(prefix, true);
	TEST_ASSERT(p != NULL, "no new primary process");
	TEST_ASSERT(dbt_op(p, DBT_OP_UNREGISTER, d.va, d.len) == -1, "a list of the former one");
	by = dbt_peer_start_of(prefix, false);
	TEST_ASSERT(by != NULL, "no process");
	TEST_ASSERT(register_by(p, &c) == 0, "register");
	TEST_ASSERT(dbt_op(by, DBT_OP_ATTACH, c.va, c.len) == 0, "attach");
	TEST_ASSERT(check_shared((struct dbt_peer *[]){ p, by }, 2, &c) == 0, "shared");
	TEST_ASSERT(dbt_peer_end(by) == 0 && dbt_peer_end(p) == 0, "end");
	return TEST_SUCCESS;
}

/* Run with --no-shconf, where nobody else can be. */
static int
no_ipc(void)
{
	struct dbt_call c;

	if (dbt_has_shared_config()) {
		printf("skipped: run with --no-shconf\n");
		return TEST_SKIPPED;
	}
	TEST_ASSERT(register_by(NULL, &c) == 0, "register");
	DBT_OP_FAILS(NULL, DBT_OP_ATTACH, c.va, c.len, EEXIST);
	TEST_ASSERT(dbt_op(NULL, DBT_OP_DETACH, c.va, c.len) == 0, "detach");
	/* the memsegs were this process's alone */
	DBT_OP_FAILS(NULL, DBT_OP_ATTACH, c.va, c.len, ESRCH);
	return dbt_op(NULL, DBT_OP_UNREGISTER, c.va, c.len);
}

static int
start_all(void)
{
	unsigned int i;

	for (i = 1; i < N_ACTORS && dbt_can_have_peers(); i++) {
		started[i] = dbt_peer_start();
		if (started[i] == NULL)
			return -1;
		started[i]->idle = true;
	}
	return 0;
}

static void
end_all(void)
{
	unsigned int i;

	for (i = 1; i < N_ACTORS; i++) {
		if (started[i] != NULL && started[i]->idle)
			dbt_peer_end(started[i]);
	}
}

static struct unit_test_suite extmem_dmabuf_attach_suite = {
	.suite_name = "extmem dma-buf in several processes",
	.setup = start_all,
	.teardown = end_all,
	.unit_test_cases = {
		DBT_CASE(each_registers_and_the_others_attach, DBT_NEEDS_DMABUF),
		DBT_CASE(all_register_and_all_attach_all, DBT_NEEDS_DMABUF),
		DBT_CASE(process_that_starts_later_attaches, DBT_NEEDS_DMABUF),
		DBT_CASE(attaches_again_and_again, DBT_NEEDS_DMABUF),
		DBT_CASE(registrar_detaches_and_attaches, DBT_NEEDS_DMABUF),
		DBT_CASE(unregisters_when_no_other_uses_it, DBT_NEEDS_DMABUF),
		DBT_CASE(two_file_prefixes, DBT_NEEDS_DMABUF),
		DBT_CASE(attach_errors, DBT_NEEDS_DMABUF),
		DBT_CASE(full_process, DBT_NEEDS_DMABUF),
		DBT_CASE(registrar_is_gone, DBT_NEEDS_DMABUF),
		DBT_CASE(late_answer, DBT_NEEDS_DMABUF),
		DBT_CASE(wrong_answers, DBT_NEEDS_DMABUF),
		DBT_CASE(lost_drop, DBT_NEEDS_DMABUF),
		DBT_CASE(dies_before_it_is_kept, DBT_NEEDS_DMABUF),
		DBT_CASE(primary_is_killed, DBT_NEEDS_DMABUF),
		TEST_CASES_END()
	}
};

static struct unit_test_suite extmem_dmabuf_no_ipc_suite = {
	.suite_name = "extmem dma-buf without IPC",
	.unit_test_cases = {
		DBT_CASE(no_ipc, DBT_NEEDS_DMABUF),
		TEST_CASES_END()
	}
};

static int
test_extmem_dmabuf_attach(void)
{
	if (getenv(DBT_PEER_ENV) != NULL)
		return dbt_peer_main();
	return unit_test_suite_runner(&extmem_dmabuf_attach_suite);
}

static int
test_extmem_dmabuf_no_ipc(void)
{
	return unit_test_suite_runner(&extmem_dmabuf_no_ipc_suite);
}

#endif /* RTE_EXEC_ENV_LINUX */

REGISTER_FAST_TEST(extmem_dmabuf_attach_autotest, NOHUGE_OK, ASAN_OK, test_extmem_dmabuf_attach);
REGISTER_FAST_TEST(extmem_dmabuf_no_ipc_autotest, NOHUGE_OK, ASAN_OK, test_extmem_dmabuf_no_ipc);
