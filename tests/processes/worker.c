/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * A DPDK process that is told by tests/lib/workers.py what to do with the memory at an address: a
 * line "COMMAND ADDRESS NUMBER" for each call, answered by a line "= RESULT ERROR". The memory is a
 * dma-buf's, or ordinary memory with the unmodified DPDK.
 */

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>

#include "../lib/udmabuf.h"

#define PAGE_LEN ((size_t)4096)
#define LEN (64 * PAGE_LEN)

static int dmabuf = -1;

/* ---- allocations, one of which is to fail ---- */

static unsigned long left; /* until it does */

static bool
fails(void)
{
	return __atomic_load_n(&left, __ATOMIC_RELAXED) > 0 && __atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED) == 0;
}

void *failing_malloc(size_t size) __asm__("malloc");
void *failing_calloc(size_t n, size_t size) __asm__("calloc");
void *failing_realloc(void *at, size_t size) __asm__("realloc");
void *__libc_malloc(size_t size);
void *__libc_realloc(void *at, size_t size);

void *
failing_malloc(size_t size)
{
	if (!fails())
		return __libc_malloc(size);
	errno = ENOMEM;
	return NULL;
}

/* The C library's own one leaves alone what was freed last, so that more and more seems to be in use. */
void *
failing_calloc(size_t n, size_t size)
{
	size_t len;
	void *at = __builtin_mul_overflow(n, size, &len) ? NULL : failing_malloc(len);

	return at == NULL ? NULL : memset(at, 0, len);
}

void *
failing_realloc(void *at, size_t size)
{
	if (!fails())
		return __libc_realloc(at, size);
	errno = ENOMEM;
	return NULL;
}

/* ---- calls ---- */

#ifdef RTE_HAS_EXTMEM_DMABUF
static int
add(void *va, size_t len)
{
	return rte_extmem_register_dmabuf(va, len, dmabuf, 0, NULL, 0, PAGE_LEN);
}

/* Is EAL's own descriptor one of this file? */
static int
has(void *va, unsigned long inode)
{
	int fd = rte_memseg_list_get_dmabuf_fd(rte_mem_virt2memseg_list(va));
	struct stat st;

	rte_errno = EIO; /* if it is another */
	return fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == inode ? 0 : -1;
}

static uint64_t
registration_of(void *va)
{
	return rte_extmem_dmabuf_attached(rte_mem_virt2memseg_list(va));
}

/* Write a pattern to the dma-buf, or look whether it is there. */
static int
pattern(void *va, uint64_t seed, bool look)
{
	int fd = rte_memseg_list_get_dmabuf_fd(rte_mem_virt2memseg_list(va));
	uint64_t *words = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int wrong = 0;
	size_t i;

	if (words == MAP_FAILED) {
		rte_errno = errno;
		return -1;
	}
	for (i = 0; i < LEN / sizeof(*words); i++) {
		if (look)
			wrong |= words[i] != seed + i;
		else
			words[i] = seed + i;
	}
	munmap(words, LEN);
	rte_errno = EIO; /* if it is not there */
	return wrong ? -1 : 0;
}
#else
static uint64_t
registration_of(void *va)
{
	(void)va;
	return 0;
}

static int
pattern(void *va, uint64_t seed, bool look)
{
	(void)va;
	(void)seed;
	(void)look;
	return -1;
}

static int
add(void *va, size_t len)
{
	return rte_extmem_register(va, len, NULL, 0, PAGE_LEN);
}

static int
has(void *va, unsigned long inode)
{
	(void)inode;
	return rte_mem_virt2memseg(va, NULL) != NULL ? 0 : -1;
}
#endif

/*
 * Send the primary process messages about dma-bufs that make no sense, with descriptors or without;
 * some are about a list that there is, and with the dma-buf of another.
 */
static int
rubbish(void *va, unsigned int n)
{
	const uint64_t real = registration_of(va);
	struct rte_mp_msg msg;
	unsigned int i;
	int ret = 0;

	srand(n);
	for (i = 0; i < n && ret == 0; i++) {
		const bool almost = rand() % 2;
		uint64_t registration = almost ? real : (uint64_t)rand() % 8;
		/* number of the list, operation, error */
		uint32_t field[3] = { rand() % (almost ? 16 : 160), rand() % 5, rand() % 3 };

		memset(&msg, 0, sizeof(msg));
		strcpy(msg.name, "eal_dmabuf");
		msg.len_param = rand() % 2 ? 24 : rand() % (RTE_MP_MAX_PARAM_LEN + 1);
		memset(msg.param, rand(), sizeof(msg.param));
		if (rand() % 4 > 0) {
			memcpy(msg.param, &registration, sizeof(registration));
			memcpy(msg.param + sizeof(registration), field, sizeof(field));
		}
		msg.num_fds = rand() % 3;
		msg.fds[0] = dmabuf;
		msg.fds[1] = STDIN_FILENO;
		ret = rte_mp_sendmsg(&msg);
	}
	return ret;
}

static int
call(const char *what, void *va, unsigned long number)
{
	/* the number is that of bytes less than there are */
	if (strcmp(what, "register") == 0)
		return add(va, LEN - number);
	if (strcmp(what, "unregister") == 0)
		return rte_extmem_unregister(va, LEN - number);
	if (strcmp(what, "attach") == 0)
		return rte_extmem_attach(va, LEN - number);
	if (strcmp(what, "detach") == 0)
		return rte_extmem_detach(va, LEN - number);
	if (strcmp(what, "has") == 0)
		return has(va, number);
	if (strcmp(what, "write") == 0 || strcmp(what, "look") == 0)
		return pattern(va, number, strcmp(what, "look") == 0);
	if (strcmp(what, "new") == 0) {
		close(dmabuf);
		dmabuf = create_dmabuf(LEN);
		return 0;
	}
	if (strcmp(what, "rubbish") == 0)
		return rubbish(va, number);
	if (strcmp(what, "failed") == 0) { /* before this? */
		number = left;
		left = 0;
		return number == 0 ? 0 : -1;
	}
	if (strcmp(what, "allocated") == 0)
		return mallinfo2().uordblks;
	if (strcmp(what, "fail") == 0)
		return 0;
	/* the memory hotplug lock */
	if (strcmp(what, "read_lock") == 0)
		rte_mcfg_mem_read_lock();
	else if (strcmp(what, "read_unlock") == 0)
		rte_mcfg_mem_read_unlock();
	else if (strcmp(what, "write_lock") == 0)
		rte_mcfg_mem_write_lock();
	else if (strcmp(what, "write_unlock") == 0)
		rte_mcfg_mem_write_unlock();
	else
		exit(EXIT_FAILURE);
	return 0;
}

int
main(int argc, char **argv)
{
	char line[128], what[32];
	unsigned long number;
	struct stat st;
	void *va;

	if (rte_openlog_stream(stderr) != 0 || rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	dmabuf = create_dmabuf(LEN);
	if (fstat(dmabuf, &st) != 0)
		return EXIT_FAILURE;
	/* of its dma-buf, to know it by */
	printf("= %lu 0\n", (unsigned long)st.st_ino);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL &&
			sscanf(line, "%31s %p %lu", what, &va, &number) == 3) {
		int ret;

		rte_errno = 0;
		ret = call(what, va, number);
		printf("= %d %d\n", ret, ret == 0 ? 0 : rte_errno);
		fflush(stdout);
		if (strcmp(what, "fail") == 0)
			__atomic_store_n(&left, number, __ATOMIC_RELAXED);
	}
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}
