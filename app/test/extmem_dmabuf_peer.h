/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef EXTMEM_DMABUF_PEER_H
#define EXTMEM_DMABUF_PEER_H

/*
 * Other DPDK processes that a test starts and tells what to do, one operation at a time. The test's
 * own process can do all operations too, so that a test need not care who is who.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "extmem_dmabuf_util.h"

#ifdef RTE_EXEC_ENV_LINUX

/* the test that a started process runs, and what tells it that it was started so */
#define DBT_PEER_COMMAND "extmem_dmabuf_attach_autotest"
#define DBT_PEER_ENV "EXTMEM_DMABUF_PEER"

/*
 * Addresses that neither EAL nor the kernel uses: a range for each process, and room behind all
 * ranges. There are none with 32 bits.
 */
#define DBT_VA ((uintptr_t)(UINT64_C(1) << 45))
#define DBT_VA_RANGE ((uintptr_t)(UINT64_C(1) << 31))
#define DBT_VA_RANGES (1 << 14)

/* how long a test waits for another process, in seconds; only for one that hangs */
#define DBT_PEER_DEADLINE 120

/* tests/lib/peers.py has a copy of these and of struct dbt_call */
enum dbt_op {
	DBT_OP_REGISTER, /* a new dma-buf of len bytes, at va or anywhere; sets va, fd, ino */
	DBT_OP_REGISTER_ORDINARY, /* anonymous memory instead of a dma-buf */
	DBT_OP_UNREGISTER,
	DBT_OP_ATTACH,
	DBT_OP_DETACH,
	DBT_OP_FD, /* of the list at va; sets fd and ino */
	DBT_OP_POKE, /* value to the first bytes of the dma-buf, through its descriptor */
	DBT_OP_PEEK, /* sets value */
	DBT_OP_STATE, /* sets state */
	DBT_OP_TAKE_FD, /* occupy descriptor fd */
	DBT_OP_FREE_FD,
	DBT_OP_LIMIT_FDS, /* allow descriptors below fd, and more until value are free */
	DBT_OP_HEAP_CREATE, /* a heap of external memory; all have the same name */
	DBT_OP_HEAP_ADD, /* len bytes of anonymous memory at va or anywhere; sets va */
	DBT_OP_HEAP_REMOVE,
	DBT_OP_HEAP_DESTROY,
	DBT_OP_LOOK, /* at the memory at va, which this process has not attached, in all ways */
	DBT_OP_KEEP_LOOKING, /* at whatever is registered, until told to DBT_OP_STOP */
	DBT_OP_STOP,
	DBT_OP_LIE, /* answer others, as the primary process, with enum dbt_lie value */
	DBT_OP_END,
};

/* to whoever asks for a descriptor */
enum dbt_lie {
	DBT_LIE_OTHER_DMABUF,
	DBT_LIE_LATE_FIRST, /* once a reply to an earlier request, then as above */
	DBT_LIE_NO_FD,
	DBT_LIE_SHORT, /* a reply of another length */
};

struct dbt_call {
	enum dbt_op op;
	void *va;
	size_t len;
	int fd;
	uint64_t value;
	/* the result */
	int ret;
	int err; /* rte_errno, if ret is not 0 */
	uint64_t ino;
	struct dbt_state state;
};

struct dbt_peer {
	pid_t pid;
	int sock;
	bool idle; /* stays when the test case ends */
};

bool dbt_has_shared_config(void);
/* Can there be secondary processes? If not, says why. */
bool dbt_can_have_peers(void);

/* Start a secondary process of this one; NULL if that failed, and why was printed. It is ended, at
 * the latest, when the test case ends.
 */
struct dbt_peer *dbt_peer_start(void);
/* Start a process of another file prefix. */
struct dbt_peer *dbt_peer_start_of(const char *file_prefix, bool primary);

/* Do an operation in a process, or in this one if peer is NULL; returns its ret. -2 if the process
 * died or is stuck.
 */
int dbt_do(struct dbt_peer *peer, struct dbt_call *call);
/* The same in two halves. */
int dbt_begin(struct dbt_peer *peer, const struct dbt_call *call);
int dbt_finish(struct dbt_peer *peer, struct dbt_call *call);

/* End a process as it ends by itself, which must succeed. */
int dbt_peer_end(struct dbt_peer *peer);
/* SIGKILL */
void dbt_peer_kill(struct dbt_peer *peer);
/* SIGSTOP, SIGCONT */
void dbt_peer_stop(struct dbt_peer *peer);
void dbt_peer_continue(struct dbt_peer *peer);

/* What a started process does. */
int dbt_peer_main(void);

/* Shorthands; peer may be NULL. */
int dbt_op(struct dbt_peer *peer, enum dbt_op op, void *va, size_t len);
struct dbt_state dbt_peer_state(struct dbt_peer *peer);
/*
 * Its state, as soon as it has the descriptors and files that are expected: the primary process
 * drops what another one unregistered a moment later. If that does not come to be, its state
 * after some seconds.
 */
struct dbt_state dbt_peer_settled(struct dbt_peer *peer, const struct dbt_state *expected);

/* The operation fails with this rte_errno and changes nothing in its process. */
#define DBT_OP_FAILS(peer, op, va, len, error) do { \
	struct dbt_call dbt_c = { (op), (va), (len), .value = 0 }; \
	struct dbt_state dbt_a = dbt_peer_state(peer), dbt_b; \
	int dbt_r = dbt_do(peer, &dbt_c); \
	dbt_b = dbt_peer_settled(peer, &dbt_a); \
	TEST_ASSERT(dbt_r == -1, "%s returned %d and not -1", #op, dbt_r); \
	TEST_ASSERT(dbt_c.err == (error), "%s set rte_errno %d and not %d (%s)", #op, dbt_c.err, \
		(error), #error); \
	TEST_ASSERT(dbt_state_same(&dbt_a, &dbt_b, 0), "%s failed and left a change behind", #op); \
} while (0)

#endif /* RTE_EXEC_ENV_LINUX */

#endif /* EXTMEM_DMABUF_PEER_H */
