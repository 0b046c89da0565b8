/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* dma-bufs that the kernel made, and pools in them. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#include "demo.h"
#include "vhost.h"

#define ELEMENT 2048u

static bool
failed(const char *what, int error)
{
	printf("# %s: %s\n", what, strerror(error));
	return false;
}

/* A dma-buf of an exporter, or ordinary memory for none; at va, or anywhere. */
bool
memory_create(struct memory *mem, const char *exporter, uint64_t offset, void *va)
{
	struct buffer buf;
	int flags = va != NULL ? MAP_FIXED_NOREPLACE : 0;
	int ret = 0;

	*mem = (struct memory){ .name = exporter, .offset = offset, .fd = -1 };
	if (exporter == NULL) {
		mem->va = mmap(va, LIST_LEN, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
		return mem->va != MAP_FAILED || failed("mmap", errno);
	}
	ret = strcmp(exporter, "system heap") == 0 ?
		buffer_create_heap(&buf, offset + LIST_LEN) :
		buffer_create_udmabuf(&buf, offset + LIST_LEN);
	if (ret != 0)
		return false;
	mem->fd = dup(buf.fd);
	buffer_close(&buf);
	mem->va = mmap(va, LIST_LEN, PROT_READ | PROT_WRITE, MAP_SHARED | flags, mem->fd, offset);
	mem->other = mmap(NULL, LIST_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, mem->fd, offset);
	return (mem->va != MAP_FAILED && mem->other != MAP_FAILED) || failed("mmap", errno);
}

bool
memory_register(struct memory *mem)
{
	int ret = mem->fd < 0 ?
		rte_extmem_register(mem->va, LIST_LEN, NULL, 0, PAGE_LEN_OF_TEST) :
		rte_extmem_register_dmabuf(mem->va, LIST_LEN, mem->fd, mem->offset, NULL, 0,
			PAGE_LEN_OF_TEST);

	mem->registered = ret == 0;
	return ret == 0 || failed("registering", rte_errno);
}

bool
memory_unregister(struct memory *mem)
{
	if (!mem->registered)
		return true;
	mem->registered = false;
	return rte_extmem_unregister(mem->va, LIST_LEN) == 0 || failed("unregistering", rte_errno);
}

bool
memory_pool(struct memory *mem)
{
	static unsigned int number;
	struct rte_pktmbuf_extmem ext = {
		.buf_ptr = mem->va, .buf_iova = (uintptr_t)mem->va, .buf_len = LIST_LEN,
		.elt_size = ELEMENT,
	};
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "pool%u", number++);
	mem->pool = rte_pktmbuf_pool_create_extbuf(name, LIST_LEN / ELEMENT, 0, 0, ELEMENT,
		SOCKET_ID_ANY, &ext, 1);
	return mem->pool != NULL || failed("the pool", rte_errno);
}

void
memory_close(struct memory *mem)
{
	rte_mempool_free(mem->pool);
	memory_unregister(mem);
	munmap(mem->va, LIST_LEN);
	if (mem->other != NULL)
		munmap(mem->other, LIST_LEN);
	if (mem->fd >= 0)
		close(mem->fd);
}
