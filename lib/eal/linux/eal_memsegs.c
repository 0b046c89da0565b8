/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include <linux/magic.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "eal_memsegs.h"
#include "eal_private.h"

#ifndef EAL_LOG /* DPDK before 24.03 */
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\n", ## __VA_ARGS__)
#endif

/* newer than some C libraries' headers */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

/* Memsegs written to a file at a time: few calls, and a buffer that stays in the cache */
#define FILE_BATCH 4096u

/* Memsegs written to memory at a time: a buffer that stays in the first cache */
#define STREAM_BATCH 64u

static bool
is_on_tmpfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/*
 * Get huge pages for the file of a mapping. The tmpfs of most systems uses none of itself, but makes
 * them on request where there is something already.
 */
static bool
make_huge_pages(void *data, size_t len, int fd)
{
	size_t huge = RTE_ALIGN_FLOOR(len, (size_t)RTE_PGSIZE_2M), offset;

	if (huge == 0 || !is_on_tmpfs(fd))
		return false;

	/* not by writing to memory: a file system that is full answers that with a signal */
	for (offset = 0; offset < huge; offset += RTE_PGSIZE_2M) {
		if (pwrite(fd, "", 1, offset) != 1)
			return false;
	}
	if (madvise(data, huge, MADV_COLLAPSE) < 0)
		return false;

	/* the rest comes in small pages */
	return len == huge || posix_fallocate(fd, huge, len - huge) == 0;
}

#ifdef __SSE2__

/* What is written here is more than caches hold, so don't read it into them first. */
static void
stream(void *to, const void *from, size_t len)
{
	const __m128i *source = from;
	__m128i *target = to;
	size_t i;

	for (i = 0; i < len / sizeof(*target); i++)
		_mm_stream_si128(&target[i], _mm_load_si128(&source[i]));
}

static void
stream_end(void)
{
	_mm_sfence();
}

#else

static void
stream(void *to, const void *from, size_t len)
{
	memcpy(to, from, len);
}

static void
stream_end(void)
{
}

#endif

/* Where the pages are there already: elsewhere a page fault has just brought them into the cache. */
static void
stream_memsegs(const struct eal_memsegs *memsegs, struct rte_memseg *to)
{
	struct rte_memseg buffer[STREAM_BATCH] __rte_aligned(16);
	unsigned int page, n;

	for (page = 0; page < memsegs->n; page += n) {
		n = RTE_MIN(memsegs->n - page, STREAM_BATCH);
		eal_memsegs_write(buffer, memsegs, page, n);
		stream(&to[page], buffer, n * sizeof(*buffer));
	}
	stream_end();
}

static int
write_all(int fd, const void *buffer, size_t len, off_t offset)
{
	const char *from = buffer;
	ssize_t n;

	while (len > 0) {
		n = pwrite(fd, from, len, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			rte_errno = n < 0 ? errno : EIO;
			return -1;
		}
		from += n;
		len -= n;
		offset += n;
	}
	return 0;
}

/*
 * By way of the file: page faults that find the pages there are much fewer, and a file system that is
 * full is an error instead of a signal.
 */
static int
write_file(const struct eal_memsegs *memsegs, int fd, size_t used)
{
	size_t size_of_used = eal_memsegs_size_of_used(memsegs->n);
	const size_t size = sizeof(struct rte_memseg);
	unsigned int page, n;
	void *buffer;
	int ret = 0;

	buffer = malloc(RTE_MAX(FILE_BATCH * size, size_of_used));
	if (buffer == NULL) {
		rte_errno = ENOMEM;
		return -1;
	}
	for (page = 0; ret == 0 && page < memsegs->n; page += n) {
		n = RTE_MIN(memsegs->n - page, FILE_BATCH);
		eal_memsegs_write(buffer, memsegs, page, n);
		ret = write_all(fd, buffer, n * size, (off_t)page * size);
	}
	if (ret == 0) {
		eal_memsegs_write_used(buffer, memsegs->n);
		ret = write_all(fd, buffer, size_of_used, used);
	}
	free(buffer);
	return ret;
}

int
eal_memsegs_write_fresh(const struct eal_memsegs *memsegs, void *data, int fd, size_t used)
{
	size_t len = used + eal_memsegs_size_of_used(memsegs->n);

	if (fd >= 0 && !make_huge_pages(data, len, fd)) {
		if (write_file(memsegs, fd, used) < 0) {
			/* the others need the space; should that fail, too, the first error tells more */
			if (ftruncate(fd, 0) < 0)
				EAL_LOG(DEBUG, "Cannot empty the file of the memsegs: %s",
					strerror(errno));
			return -1;
		}
		/* without it, as on Linux before 5.14, look-ups have page faults */
		madvise(data, len, MADV_POPULATE_READ);
		return 0;
	}

	if (fd >= 0) {
		stream_memsegs(memsegs, data);
	} else {
		/* not all kernels have huge pages, and not always */
		if (len >= RTE_PGSIZE_2M)
			madvise(data, RTE_ALIGN_FLOOR(len, (size_t)RTE_PGSIZE_2M), MADV_HUGEPAGE);
		eal_memsegs_write(data, memsegs, 0, memsegs->n);
	}
	eal_memsegs_write_used(RTE_PTR_ADD(data, used), memsegs->n);
	return 0;
}
