/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef _DMABUF_H_
#define _DMABUF_H_

/*
 * --mp-alloc=dmabuf and --dmabuf: pools whose packets are in dma-bufs. What can't be done ends the
 * program with a sentence, as elsewhere in its options and its pools.
 */

#include <stdbool.h>
#include <stdint.h>

#include <cmdline_parse.h>

#include <rte_debug.h>
#include <rte_mempool.h>

#include "testpmd.h"

#ifdef RTE_EXEC_ENV_LINUX

/** The command "show dmabuf". */
extern cmdline_parse_inst_t cmd_show_dmabuf;

/** Parse the value of --dmabuf. */
void dmabuf_parse(const char *text);

/** See whether --mp-alloc and --dmabuf go together, when all options were read. */
void dmabuf_check_options(void);

/** Make a pool, for ports that are there and for those that come. */
struct rte_mempool *dmabuf_pool_create(const char *name, unsigned int n_mbufs,
	unsigned int cache_size, uint16_t mbuf_size, unsigned int socket);

/** Let a port that was attached reach the pools; say so and return false if it can't. */
bool dmabuf_add_port(portid_t port);

/** Say so and return true if a forwarding mode, or such, needs packets that the CPU can't reach. */
bool dmabuf_refuses(const char *what);

/** Give all memory back, after the ports were closed and the pools freed. */
void dmabuf_close(void);

#else

static inline void
dmabuf_parse(const char *text)
{
	rte_exit(EXIT_FAILURE, "--dmabuf=%s: dma-bufs are there on Linux only\n", text);
}

static inline void
dmabuf_check_options(void)
{
	if (mp_alloc_type == MP_ALLOC_DMABUF)
		rte_exit(EXIT_FAILURE, "--mp-alloc=dmabuf: dma-bufs are there on Linux only\n");
}

static inline struct rte_mempool *
dmabuf_pool_create(const char *name, unsigned int n_mbufs, unsigned int cache_size,
	uint16_t mbuf_size, unsigned int socket)
{
	RTE_SET_USED(name);
	RTE_SET_USED(n_mbufs);
	RTE_SET_USED(cache_size);
	RTE_SET_USED(mbuf_size);
	RTE_SET_USED(socket);
	return NULL;
}

static inline bool
dmabuf_add_port(portid_t port)
{
	RTE_SET_USED(port);
	return true;
}

static inline bool
dmabuf_refuses(const char *what)
{
	RTE_SET_USED(what);
	return false;
}

static inline void
dmabuf_close(void)
{
}

#endif /* RTE_EXEC_ENV_LINUX */

#endif /* _DMABUF_H_ */
