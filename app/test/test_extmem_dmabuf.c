/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * rte_extmem_register_dmabuf(), its getters and rte_extmem_unregister(): what they do and how they
 * fail. Lookups, heaps, repetition and other processes have tests of their own.
 */

#include <stdalign.h>

#include "extmem_dmabuf_util.h"

#ifndef RTE_EXEC_ENV_LINUX

static int
test_extmem_dmabuf(void)
{
	static alignas(4096) char page[4096];

	rte_errno = 0;
	TEST_ASSERT(rte_extmem_register_dmabuf(page, sizeof(page), 0, 0, NULL, 0,
			sizeof(page)) == -1, "registered a dma-buf");
	TEST_ASSERT(rte_errno == ENOTSUP, "rte_errno %d", rte_errno);
	return TEST_SUCCESS;
}

#else

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <linux/loop.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_malloc.h>

#define N_PAGES 16

/* since Linux 5.14, and so in later headers only */
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/* Where there are no dma-bufs, an argument that is wrong in itself must be refused all the same. */
static int
dmabuf_or_memfd(size_t size)
{
	if (dbt_can_export(DBT_UDMABUF) || dbt_can_export(DBT_HEAP))
		return dbt_create_any(size);
	return dbt_memfd(size);
}

/* ---- arguments ---- */

static int
bad_range_is_einval(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *va = dbt_reserve(2 * len, 2 * pg);
	int fd = dmabuf_or_memfd(len);

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	DBT_FAILS(dbt_register(NULL, len, fd, 0, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register(va + 1, len, fd, 0, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register(va + pg / 2, len, fd, 0, NULL, 0, pg), EINVAL);
	/* aligned to the system's page and not to the list's */
	DBT_FAILS(dbt_register(va + pg, len, fd, 0, NULL, 0, 2 * pg), EINVAL);
	DBT_FAILS(dbt_register(va, 0, fd, 0, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register(va, 1, fd, 0, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register(va, len - 1, fd, 0, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register(va, len - pg / 2, fd, 0, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register(va, len - pg, fd, 0, NULL, 0, 2 * pg), EINVAL);
	/* the end is beyond the last address */
	DBT_FAILS(dbt_register((void *)(UINTPTR_MAX - 2 * pg + 1), len, fd, 0, NULL, 0, pg),
		EINVAL);
	DBT_FAILS(dbt_register(va, SIZE_MAX - pg + 1, fd, 0, NULL, 0, pg), EINVAL);
	return TEST_SUCCESS;
}

static int
bad_page_size_is_einval(void)
{
	const size_t pg = dbt_page_size(), len = 12 * pg;
	char *va = dbt_reserve(len, 16 * pg);
	int fd = dmabuf_or_memfd(16 * pg);

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	DBT_FAILS(dbt_register(va, len, fd, 0, NULL, 0, 0), EINVAL);
	DBT_FAILS(dbt_register(va, len, fd, 0, NULL, 0, 3 * pg), EINVAL);
	DBT_FAILS(dbt_register(va, len, fd, 0, NULL, 0, pg + 1), EINVAL);
	DBT_FAILS(dbt_register(va, len, fd, 0, NULL, 0, SIZE_MAX), EINVAL);
	/* a device maps whole pages of the system */
	DBT_FAILS(dbt_register(va, len, fd, 0, NULL, 0, pg / 2), EINVAL);
	DBT_FAILS(dbt_register(va, len, fd, 0, NULL, 0, 1), EINVAL);
	/* the length is no multiple of it */
	DBT_FAILS(dbt_register(va, len, fd, 0, NULL, 0, 16 * pg), EINVAL);
	return TEST_SUCCESS;
}

static int
bad_page_count_is_einval(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	rte_iova_t iovas[N_PAGES + 1] = { 0 };
	char *va = dbt_reserve(len, pg);
	int fd = dmabuf_or_memfd(len);

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	DBT_FAILS(dbt_register(va, len, fd, 0, iovas, 0, pg), EINVAL);
	DBT_FAILS(dbt_register(va, len, fd, 0, iovas, N_PAGES - 1, pg), EINVAL);
	DBT_FAILS(dbt_register(va, len, fd, 0, iovas, N_PAGES + 1, pg), EINVAL);
	DBT_FAILS(dbt_register(va, len, fd, 0, iovas, UINT_MAX, pg), EINVAL);
	/* more pages than a list can have */
	DBT_FAILS(dbt_register(va, (size_t)UINT32_MAX * pg, fd, 0, NULL, 0, pg), EINVAL);
	return TEST_SUCCESS;
}

static int
negative_fd_is_einval(void)
{
	const size_t pg = dbt_page_size();
	void *va = dbt_reserve(pg, pg);

	TEST_ASSERT(va != NULL, "no memory");
	DBT_FAILS(dbt_register(va, pg, -1, 0, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register(va, pg, INT_MIN, 0, NULL, 0, pg), EINVAL);
	return TEST_SUCCESS;
}

static int
closed_fd_is_ebadf(void)
{
	const size_t pg = dbt_page_size();
	void *va = dbt_reserve(pg, pg);
	int fd = dbt_memfd(pg);

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	dbt_close(fd);
	DBT_FAILS(dbt_register(va, pg, fd, 0, NULL, 0, pg), EBADF);
	DBT_FAILS(dbt_register(va, pg, INT_MAX, 0, NULL, 0, pg), EBADF);
	return TEST_SUCCESS;
}

/* A descriptor of a block device that has a size. */
static int
open_bound_loop(int file)
{
	int control = dbt_track_fd(open("/dev/loop-control", O_RDWR)), number, loop;
	char path[32];

	number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	snprintf(path, sizeof(path), "/dev/loop%d", number);
	loop = number < 0 ? -1 : dbt_track_fd(open(path, O_RDWR));
	if (loop >= 0 && ioctl(loop, LOOP_SET_FD, file) == 0)
		return loop;
	return -1;
}

/* No descriptor of whatever kind this system has is taken for a dma-buf's. */
static int
other_files_are_einval(void)
{
	/* the exporters' devices among them, which make dma-bufs and are none */
	static const char *const paths[] = {
		"/", "/dev/dma_heap/system", "/dev/dri/renderD128", "/dev/fuse", "/dev/hpet",
		"/dev/kvm", "/dev/loop-control", "/dev/mem", "/dev/net/tun", "/dev/null",
		"/dev/ptmx", "/dev/random", "/dev/rtc0", "/dev/udmabuf", "/dev/urandom",
		"/dev/vfio/vfio", "/dev/zero", "/proc/self/exe", "/proc/self/maps",
		"/proc/self/mem", "/proc/self/ns/net", "/proc/self/pagemap", "/sys/kernel",
	};
	const size_t pg = dbt_page_size(), len = 16 * pg;
	char path[] = "/tmp/extmem_dmabuf.XXXXXX";
	void *va = dbt_reserve(len, pg);
	int file = dbt_track_fd(mkstemp(path)), pair[2], pipes[2];
	unsigned int i, tried = 0;
	sigset_t signals;

	sigemptyset(&signals);
	TEST_ASSERT(va != NULL && file >= 0 && unlink(path) == 0 && ftruncate(file, len) == 0 &&
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && pipe(pipes) == 0, "no files");
	const struct {
		const char *name;
		int fd;
	} fds[] = {
		{ "file", file },
		{ "memfd", dbt_memfd(len) },
		{ "pipe", dbt_track_fd(pipes[0]) },
		{ "pipe's other end", dbt_track_fd(pipes[1]) },
		{ "socket", dbt_track_fd(pair[0]) },
		{ "socket's other end", dbt_track_fd(pair[1]) },
		{ "eventfd", dbt_track_fd(eventfd(0, 0)) },
		{ "epoll", dbt_track_fd(epoll_create1(0)) },
		{ "inotify", dbt_track_fd(inotify_init1(0)) },
		{ "timerfd", dbt_track_fd(timerfd_create(CLOCK_MONOTONIC, 0)) },
		{ "signalfd", dbt_track_fd(signalfd(-1, &signals, 0)) },
		{ "pidfd", dbt_track_fd(syscall(SYS_pidfd_open, getpid(), 0)) },
		{ "userfaultfd", dbt_track_fd(syscall(SYS_userfaultfd, O_CLOEXEC)) },
		{ "secret memory", dbt_track_fd(syscall(SYS_memfd_secret, 0)) },
		{ "bound loop device", open_bound_loop(file) },
	};

	for (i = 0; i < RTE_DIM(fds) + RTE_DIM(paths); i++) {
		bool is_path = i >= RTE_DIM(fds);
		const char *name = is_path ? paths[i - RTE_DIM(fds)] : fds[i].name;
		int fd = is_path ? dbt_track_fd(open(name, O_RDONLY | O_NONBLOCK)) : fds[i].fd;

		printf("%s%s\n", name, fd < 0 ? " (not tried: not here)" : "");
		if (fd < 0)
			continue;
		DBT_FAILS(dbt_register(va, len, fd, 0, NULL, 0, pg), EINVAL);
		tried++;
	}
	TEST_ASSERT(tried >= 15, "only %u kinds of descriptors are here", tried);
	return TEST_SUCCESS;
}

static int
offset_beyond_the_end_is_einval(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg, size = 2 * len;
	void *va = dbt_reserve(4 * len, pg);
	enum dbt_exporter e;

	TEST_ASSERT(va != NULL, "no memory");
	for (e = 0; e < DBT_EXPORTERS; e++) {
		int fd;

		if (!dbt_can_export(e))
			continue;
		fd = dbt_create(e, size);
		TEST_ASSERT(fd >= 0, "no dma-buf");
		DBT_FAILS(dbt_register(va, len, fd, len + 1, NULL, 0, pg), EINVAL);
		DBT_FAILS(dbt_register(va, len, fd, len + pg, NULL, 0, pg), EINVAL);
		DBT_FAILS(dbt_register(va, len, fd, size, NULL, 0, pg), EINVAL);
		DBT_FAILS(dbt_register(va, len, fd, size + pg, NULL, 0, pg), EINVAL);
		DBT_FAILS(dbt_register(va, size + pg, fd, 0, NULL, 0, pg), EINVAL);
		/* the sum wraps: to 0, to something small, and in signed arithmetic */
		DBT_FAILS(dbt_register(va, len, fd, UINT64_MAX - len + 1, NULL, 0, pg), EINVAL);
		DBT_FAILS(dbt_register(va, len, fd, UINT64_MAX - pg + 1, NULL, 0, pg), EINVAL);
		DBT_FAILS(dbt_register(va, len, fd, UINT64_MAX, NULL, 0, pg), EINVAL);
		DBT_FAILS(dbt_register(va, len, fd, INT64_MAX, NULL, 0, pg), EINVAL);
		DBT_FAILS(dbt_register(va, len, fd, (uint64_t)INT64_MAX + 1, NULL, 0, pg), EINVAL);
	}
	return TEST_SUCCESS;
}

/* ---- success ---- */

static int
registers_each_exporter(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg, size = 4 * len;
	/* all of it, its start, its middle, its end, and what is no multiple of a page */
	const struct {
		uint64_t offset;
		size_t len;
	} parts[] = { { 0, size }, { 0, len }, { len, len }, { size - len, len }, { 100, len } };
	rte_iova_t iovas[4 * N_PAGES];
	void *va = dbt_reserve(size, pg);
	enum dbt_exporter e;
	unsigned int i;

	TEST_ASSERT(va != NULL, "no memory");
	for (i = 0; i < RTE_DIM(iovas); i++)
		iovas[i] = UINT64_C(0x7d0000000000) - i * pg;
	for (e = 0; e < DBT_EXPORTERS; e++) {
		int fd;

		if (!dbt_can_export(e)) {
			printf("not tried: no dma-buf of exporter %s here\n",
				dbt_exporter_name(e));
			continue;
		}
		fd = dbt_create(e, size);
		TEST_ASSERT(fd >= 0, "no dma-buf");
		for (i = 0; i < RTE_DIM(parts); i++) {
			const size_t n = parts[i].len / pg;

			TEST_ASSERT(dbt_register(va, parts[i].len, fd, parts[i].offset, NULL, 0,
					pg) == 0, "part %u, rte_errno %d", i, rte_errno);
			TEST_ASSERT(dbt_check_list(va, parts[i].len, fd, parts[i].offset, NULL,
					pg) == 0, "part %u", i);
			/* beside this test's: the list's, and the one that is kept for others */
			TEST_ASSERT(dbt_count_fds_of(fd) == 3, "EAL has no or many descriptors");
			TEST_ASSERT(dbt_unregister(va, parts[i].len) == 0, "part %u", i);
			TEST_ASSERT(dbt_count_fds_of(fd) == 1, "EAL kept its descriptor");

			TEST_ASSERT(dbt_register(va, parts[i].len, fd, parts[i].offset, iovas, n,
					pg) == 0, "part %u, rte_errno %d", i, rte_errno);
			TEST_ASSERT(dbt_check_list(va, parts[i].len, fd, parts[i].offset, iovas,
					pg) == 0, "part %u with IOVAs", i);
			TEST_ASSERT(dbt_unregister(va, parts[i].len) == 0, "part %u", i);
			TEST_ASSERT(rte_mem_virt2memseg_list(va) == NULL, "still found");
		}
	}
	return TEST_SUCCESS;
}

/* The number of pages is ignored where there are no IOVAs, as rte_extmem_register() does. */
static int
page_count_without_iovas_is_ignored(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	void *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(len);

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 3, pg) == 0, "rte_errno %d", rte_errno);
	return dbt_check_list(va, len, fd, 0, NULL, pg);
}

static int
registers_each_page_size(void)
{
	const size_t sizes[] = { dbt_page_size(), 16 * dbt_page_size(), RTE_PGSIZE_2M };
	unsigned int i;

	for (i = 0; i < RTE_DIM(sizes); i++) {
		const size_t len = 2 * sizes[i];
		void *va = dbt_reserve(len, sizes[i]);
		int fd = dbt_create_any(2 * len);

		TEST_ASSERT(va != NULL && fd >= 0, "no memory");
		TEST_ASSERT(dbt_register(va, len, fd, len, NULL, 0, sizes[i]) == 0,
			"page size %zu, rte_errno %d", sizes[i], rte_errno);
		TEST_ASSERT(dbt_check_list(va, len, fd, len, NULL, sizes[i]) == 0,
			"page size %zu", sizes[i]);
	}
	return TEST_SUCCESS;
}

static int
caller_may_close_its_fd(void)
{
	static const char text[] = "written before, read through EAL's descriptor";
	const size_t pg = dbt_page_size(), len = N_PAGES * pg, offset = 3 * pg;
	void *va = dbt_reserve(len, pg);
	enum dbt_exporter e;

	TEST_ASSERT(va != NULL, "no memory");
	for (e = 0; e < DBT_EXPORTERS; e++) {
		const struct rte_memseg_list *msl;
		struct stat before, after;
		uint64_t got;
		char *bytes;
		bool equal;
		int fd;

		if (!dbt_can_export(e))
			continue;
		fd = dbt_create(e, 2 * len);
		TEST_ASSERT(fd >= 0 && fstat(fd, &before) == 0, "no dma-buf");
		bytes = mmap(NULL, 2 * len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		TEST_ASSERT(bytes != MAP_FAILED, "cannot map: %s", strerror(errno));
		memcpy(bytes + offset, text, sizeof(text));
		munmap(bytes, 2 * len);

		TEST_ASSERT(dbt_register(va, len, fd, offset, NULL, 0, pg) == 0,
			"rte_errno %d", rte_errno);
		dbt_close(fd);

		msl = rte_mem_virt2memseg_list(va);
		TEST_ASSERT(msl != NULL, "no list");
		fd = rte_memseg_list_get_dmabuf_fd(msl);
		TEST_ASSERT(fd >= 0 && fstat(fd, &after) == 0, "the descriptor is dead");
		TEST_ASSERT(before.st_dev == after.st_dev && before.st_ino == after.st_ino,
			"another file");
		TEST_ASSERT(rte_memseg_list_get_dmabuf_offset(msl, &got) == 0, "no offset");
		bytes = mmap(NULL, 2 * len, PROT_READ, MAP_SHARED, fd, 0);
		TEST_ASSERT(bytes != MAP_FAILED, "cannot map: %s", strerror(errno));
		equal = memcmp(bytes + got, text, sizeof(text)) == 0;
		munmap(bytes, 2 * len);
		TEST_ASSERT(equal, "other memory at the offset");

		TEST_ASSERT(dbt_unregister(va, len) == 0, "rte_errno %d", rte_errno);
		TEST_ASSERT(fcntl(fd, F_GETFD) == -1 && errno == EBADF, "EAL kept %d open", fd);
	}
	return TEST_SUCCESS;
}

/* ---- EEXIST ---- */

/* Each way of overlapping [va, va + 16 pages) that has 16 free pages on either side. */
static int
overlaps_are_eexist(char *va, int fd, size_t pg)
{
	const struct {
		int first; /* page, counted from va */
		int n;
		const char *what;
	} overlaps[] = {
		{ 0, 16, "the same range" },
		{ -8, 16, "over its start" },
		{ 8, 16, "over its end" },
		{ -8, 32, "around it" },
		{ 4, 4, "inside it" },
		{ 0, 1, "its first page" },
		{ 15, 1, "its last page" },
		{ 0, 24, "from its start beyond its end" },
		{ -8, 24, "up to its end" },
		{ -1, 2, "by one page at its start" },
		{ 15, 2, "by one page at its end" },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(overlaps); i++) {
		printf("overlap: %s\n", overlaps[i].what);
		DBT_FAILS(dbt_register(va + overlaps[i].first * (ssize_t)pg, overlaps[i].n * pg,
				fd, 0, NULL, 0, pg), EEXIST);
	}
	/* pages of another size */
	DBT_FAILS(dbt_register(va, 16 * pg, fd, 0, NULL, 0, 16 * pg), EEXIST);
	/* right before and right after is no overlap */
	TEST_ASSERT(dbt_register(va - 16 * pg, 16 * pg, fd, 0, NULL, 0, pg) == 0, "before: %d",
		rte_errno);
	TEST_ASSERT(dbt_register(va + 16 * pg, 16 * pg, fd, 0, NULL, 0, pg) == 0, "after: %d",
		rte_errno);
	TEST_ASSERT(dbt_check_list(va - 16 * pg, 16 * pg, fd, 0, NULL, pg) == 0, "before");
	TEST_ASSERT(dbt_check_list(va + 16 * pg, 16 * pg, fd, 0, NULL, pg) == 0, "after");
	TEST_ASSERT(dbt_unregister(va - 16 * pg, 16 * pg) == 0, "before");
	TEST_ASSERT(dbt_unregister(va + 16 * pg, 16 * pg) == 0, "after");
	return TEST_SUCCESS;
}

static int
overlap_with_a_dmabuf_is_eexist(void)
{
	const size_t pg = dbt_page_size();
	char *base = dbt_reserve(48 * pg, 16 * pg);
	int fd = dbt_create_any(32 * pg);
	char *va = base + 16 * pg;

	TEST_ASSERT(base != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, 16 * pg, fd, 16 * pg, NULL, 0, pg) == 0, "rte_errno %d",
		rte_errno);
	TEST_ASSERT(overlaps_are_eexist(va, fd, pg) == 0, "over a dma-buf list");
	/* nothing else overlaps a dma-buf, either */
	DBT_FAILS(dbt_register_ordinary(va, 16 * pg, NULL, 0, pg), EEXIST);
	DBT_FAILS(dbt_register_ordinary(va + pg, pg, NULL, 0, pg), EEXIST);
	DBT_FAILS(dbt_register_ordinary(va - pg, 2 * pg, NULL, 0, pg), EEXIST);
	return dbt_check_list(va, 16 * pg, fd, 16 * pg, NULL, pg);
}

static int
overlap_with_external_memory_is_eexist(void)
{
	const size_t pg = dbt_page_size();
	char *base = dbt_reserve(48 * pg, 16 * pg);
	int fd = dbt_create_any(32 * pg);
	char *va = base + 16 * pg;

	TEST_ASSERT(base != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register_ordinary(va, 16 * pg, NULL, 0, pg) == 0, "rte_errno %d",
		rte_errno);
	TEST_ASSERT(overlaps_are_eexist(va, fd, pg) == 0, "over an external list");
	TEST_ASSERT(dbt_unregister(va, 16 * pg) == 0, "rte_errno %d", rte_errno);
	/* now it is free */
	TEST_ASSERT(dbt_register(va, 16 * pg, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	return TEST_SUCCESS;
}

static int
overlap_with_internal_memory_is_eexist(void)
{
	const struct rte_memseg_list *msl = dbt_find_internal_list();
	const size_t pg = dbt_page_size();
	int fd = dbt_create_any(2 * pg);
	char *va, *end;

	TEST_ASSERT(msl != NULL && fd >= 0, "no memory");
	va = rte_memseg_list_get_va(msl);
	end = va + msl->len;
	DBT_FAILS(dbt_register(va, pg, fd, 0, NULL, 0, pg), EEXIST);
	DBT_FAILS(dbt_register(va - pg, 2 * pg, fd, 0, NULL, 0, pg), EEXIST);
	DBT_FAILS(dbt_register(va + pg, pg, fd, 0, NULL, 0, pg), EEXIST);
	/* reserved by EAL, whether or not memory is there */
	DBT_FAILS(dbt_register(end - pg, pg, fd, 0, NULL, 0, pg), EEXIST);
	DBT_FAILS(dbt_register(end - pg, 2 * pg, fd, 0, NULL, 0, pg), EEXIST);
	return TEST_SUCCESS;
}

/* ---- limits ---- */

static int
all_lists_in_use_is_enospc(void)
{
	const size_t pg = dbt_page_size();
	/* a gap after each, so that no list touches the next */
	char *va = dbt_reserve(2 * RTE_MAX_MEMSEG_LISTS * pg, pg);
	int fd = dbt_create_any(2 * RTE_MAX_MEMSEG_LISTS * pg);
	unsigned int i, n, victim;

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	for (n = 0; dbt_count_lists() < RTE_MAX_MEMSEG_LISTS; n++)
		TEST_ASSERT(dbt_register(va + 2 * n * pg, pg, fd, n * pg, NULL, 0, pg) == 0,
			"list %u, rte_errno %d", n, rte_errno);
	TEST_ASSERT(n > 2, "only %u lists were free", n);
	printf("registered %u dma-buf lists: all %u are in use\n", n, RTE_MAX_MEMSEG_LISTS);

	DBT_FAILS(dbt_register(va + 2 * n * pg, pg, fd, 0, NULL, 0, pg), ENOSPC);
	DBT_FAILS(dbt_register_ordinary(va + 2 * n * pg, pg, NULL, 0, pg), ENOSPC);
	for (i = 0; i < n; i++)
		TEST_ASSERT(dbt_check_list(va + 2 * i * pg, pg, fd, i * pg, NULL, pg) == 0,
			"list %u of %u", i, n);

	victim = n / 2;
	TEST_ASSERT(dbt_unregister(va + 2 * victim * pg, pg) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(dbt_register(va + 2 * n * pg, pg, fd, n * pg, NULL, 0, pg) == 0,
		"one list is free, rte_errno %d", rte_errno);
	DBT_FAILS(dbt_register(va + 2 * victim * pg, pg, fd, 0, NULL, 0, pg), ENOSPC);
	for (i = 0; i <= n; i++)
		TEST_ASSERT(i == victim || dbt_check_list(va + 2 * i * pg, pg, fd, i * pg, NULL,
				pg) == 0, "list %u of %u", i, n);
	TEST_ASSERT(rte_mem_virt2memseg_list(va + 2 * victim * pg) == NULL, "still found");
	return TEST_SUCCESS;
}

/* Open descriptors from a number on until there is none left; returns how many. */
static int
fill_descriptors(int from)
{
	int fd, n = 0;

	while ((fd = fcntl(0, F_DUPFD_CLOEXEC, from)) >= 0) {
		dbt_track_fd(fd);
		n++;
	}
	return errno == EMFILE || errno == EINVAL ? n : -1;
}

static int
no_descriptor_is_emfile(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	struct dbt_state before, after;
	void *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(len);
	int ret, err;

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_limit_fds(1024) == 0, "cannot set RLIMIT_NOFILE");
	dbt_state_get(&before);
	TEST_ASSERT(fill_descriptors(0) > 0, "cannot use all descriptors up");
	rte_errno = 0;
	ret = dbt_register(va, len, fd, 0, NULL, 0, pg);
	err = rte_errno;
	TEST_ASSERT(ret == -1 && err == EMFILE, "%d, rte_errno %d", ret, err);
	TEST_ASSERT(dbt_limit_fds(2048) == 0, "cannot set RLIMIT_NOFILE");
	dbt_state_get(&after);
	/* the descriptors differ by what this test opened */
	TEST_ASSERT(dbt_state_same(&before, &after, DBT_FILES_VARY), "lists changed");
	TEST_ASSERT(dbt_count_fds_of(fd) == 1, "EAL kept a descriptor");
	TEST_ASSERT(after.files == before.files, "a file was left in the runtime directory");
	return TEST_SUCCESS;
}

/*
 * The number of a list's descriptor is that of the list, from a
 * base on; low ones are no substitute.
 */
static int
no_number_for_any_list_is_emfile(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	void *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(len);

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_limit_fds(1024) == 0, "cannot set RLIMIT_NOFILE");
	TEST_ASSERT(fill_descriptors(512) > 0, "cannot use high descriptors up");
	DBT_FAILS(dbt_register(va, len, fd, 0, NULL, 0, pg), EMFILE);
	TEST_ASSERT(dbt_limit_fds(2048) == 0, "cannot set RLIMIT_NOFILE");
	return TEST_SUCCESS;
}

static int
next_list_if_the_number_is_taken(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	const struct rte_memseg_list *msl, *other;
	void *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(len), number;

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	msl = rte_mem_virt2memseg_list(va);
	number = rte_memseg_list_get_dmabuf_fd(msl);
	TEST_ASSERT(dbt_unregister(va, len) == 0, "rte_errno %d", rte_errno);

	TEST_ASSERT(dbt_track_fd(fcntl(0, F_DUPFD_CLOEXEC, number)) == number, "%d is not free",
		number);
	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	other = rte_mem_virt2memseg_list(va);
	TEST_ASSERT(other > msl, "the list of a number that is taken");
	TEST_ASSERT(rte_memseg_list_get_dmabuf_fd(other) == number + (other - msl),
		"descriptor %d", rte_memseg_list_get_dmabuf_fd(other));
	return dbt_check_list(va, len, fd, 0, NULL, pg);
}

static size_t
address_space_used(void)
{
	size_t pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f != NULL) {
		if (fscanf(f, "%zu", &pages) != 1)
			pages = 0;
		fclose(f);
	}
	return pages * dbt_page_size();
}

/* The memsegs of a list need memory: with none left, nothing may change. */
static int
no_memory_is_enomem(void)
{
	const size_t pg = dbt_page_size(), len = 4 * DBT_MIB;
	struct dbt_state before, after;
	struct rlimit saved, limit;
	void *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(len);
	int ret, err;

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(getrlimit(RLIMIT_AS, &saved) == 0, "no limit");
	limit = saved;
	limit.rlim_cur = address_space_used();
	TEST_ASSERT(limit.rlim_cur > 0, "cannot read /proc/self/statm");
	dbt_state_get(&before);
	TEST_ASSERT(setrlimit(RLIMIT_AS, &limit) == 0, "cannot set RLIMIT_AS");
	rte_errno = 0;
	ret = dbt_register(va, len, fd, 0, NULL, 0, pg);
	err = rte_errno;
	setrlimit(RLIMIT_AS, &saved);
	dbt_state_get(&after);
	TEST_ASSERT(ret == -1 && err == ENOMEM, "%d, rte_errno %d", ret, err);
	TEST_ASSERT(dbt_state_same(&before, &after, 0), "left a change behind");

	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	return TEST_SUCCESS;
}

/* ---- unregistering ---- */

static int
unregister_takes_the_whole_range_only(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *base = dbt_reserve(3 * len, pg);
	int fd = dbt_create_any(len);
	char *va = base + len;

	TEST_ASSERT(base != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	DBT_FAILS(dbt_unregister(NULL, len), EINVAL);
	DBT_FAILS(dbt_unregister(va, 0), EINVAL);
	DBT_FAILS(dbt_unregister(va, len - pg), ENOENT);
	DBT_FAILS(dbt_unregister(va, len + pg), ENOENT);
	DBT_FAILS(dbt_unregister(va + pg, len), ENOENT);
	DBT_FAILS(dbt_unregister(va + pg, len - pg), ENOENT);
	DBT_FAILS(dbt_unregister(va - pg, len), ENOENT);
	DBT_FAILS(dbt_unregister(va + len, len), ENOENT);
	DBT_FAILS(dbt_unregister(base, len), ENOENT);
	TEST_ASSERT(dbt_check_list(va, len, fd, 0, NULL, pg) == 0, "the list suffered");
	TEST_ASSERT(dbt_unregister(va, len) == 0, "rte_errno %d", rte_errno);
	DBT_FAILS(dbt_unregister(va, len), ENOENT);
	return TEST_SUCCESS;
}

/* As a process does that starts just when the file was made, and finds it without a lock. */
static int
unregisters_what_lost_its_file(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	void *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(len);
	char path[PATH_MAX];

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	snprintf(path, sizeof(path), "%s/fbarray_%s", rte_eal_get_runtime_dir(),
		rte_mem_virt2memseg_list(va)->memseg_arr.name);
	TEST_ASSERT(unlink(path) == 0, "cannot remove %s: %s", path, strerror(errno));
	TEST_ASSERT(dbt_unregister(va, len) == 0, "rte_errno %d", rte_errno);
	DBT_FAILS(dbt_unregister(va, len), ENOENT);
	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(dbt_check_list(va, len, fd, 0, NULL, pg) == 0, "the list suffered");
	return dbt_unregister(va, len);
}

/* ---- getters ---- */

/* All four getters refuse the list for one reason. */
static int
getters_fail(const struct rte_memseg_list *msl, int err)
{
	const uint64_t mark = UINT64_C(0x5a5a5a5a5a5a5a5a);
	uint64_t offset = mark;

	DBT_FAILS(rte_memseg_list_get_dmabuf_fd(msl), err);
	DBT_FAILS(rte_memseg_list_get_dmabuf_fd_unsafe(msl), err);
	DBT_FAILS(rte_memseg_list_get_dmabuf_offset(msl, &offset), err);
	DBT_FAILS(rte_memseg_list_get_dmabuf_offset_unsafe(msl, &offset), err);
	TEST_ASSERT(offset == mark, "the offset was written");
	return TEST_SUCCESS;
}

static int
getters_refuse_other_lists(void)
{
	const size_t pg = dbt_page_size();
	const struct rte_memseg_list *msl = dbt_find_internal_list();
	struct rte_memseg_list copy;
	void *va = dbt_reserve(pg, pg);

	TEST_ASSERT(msl != NULL && va != NULL, "no memory");
	TEST_ASSERT(getters_fail(NULL, EINVAL) == 0, "NULL");
	TEST_ASSERT(getters_fail(msl, ENOTSUP) == 0, "internal memory");

	/* what only looks like a list */
	copy = *msl;
	TEST_ASSERT(getters_fail(&copy, EINVAL) == 0, "a copy of a list");
	TEST_ASSERT(getters_fail(RTE_PTR_ADD(msl, 8), EINVAL) == 0, "the middle of a list");
	TEST_ASSERT(getters_fail(msl + RTE_MAX_MEMSEG_LISTS, EINVAL) == 0, "past the last list");
	TEST_ASSERT(getters_fail(msl - RTE_MAX_MEMSEG_LISTS, EINVAL) == 0, "before the first");

	TEST_ASSERT(dbt_register_ordinary(va, pg, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	msl = rte_mem_virt2memseg_list(va);
	TEST_ASSERT(msl != NULL, "no list");
	TEST_ASSERT(getters_fail(msl, ENOTSUP) == 0, "external memory");
	TEST_ASSERT(dbt_unregister(va, pg) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(getters_fail(msl, EINVAL) == 0, "a list that is in use no more");
	return TEST_SUCCESS;
}

static int
getters_refuse_bad_arguments(void)
{
	const size_t pg = dbt_page_size();
	const struct rte_memseg_list *msl;
	struct rte_memseg_list copy;
	void *va = dbt_reserve(pg, pg);
	int fd = dbt_create_any(pg);

	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, pg, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	msl = rte_mem_virt2memseg_list(va);
	TEST_ASSERT(msl != NULL, "no list");
	DBT_FAILS(rte_memseg_list_get_dmabuf_offset(msl, NULL), EINVAL);
	DBT_FAILS(rte_memseg_list_get_dmabuf_offset_unsafe(msl, NULL), EINVAL);
	DBT_FAILS(rte_memseg_list_get_dmabuf_offset(NULL, NULL), EINVAL);
	DBT_FAILS(rte_memseg_list_get_dmabuf_offset_unsafe(NULL, NULL), EINVAL);
	copy = *msl;
	TEST_ASSERT(getters_fail(&copy, EINVAL) == 0, "a copy of a dma-buf list");
	TEST_ASSERT(dbt_unregister(va, pg) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(getters_fail(msl, EINVAL) == 0, "a dma-buf list that is in use no more");
	return TEST_SUCCESS;
}

/* ---- properties ---- */

static int
properties_of_ordinary_lists(void)
{
	const size_t pg = dbt_page_size();
	const struct rte_memseg_list *msl = dbt_find_internal_list();
	void *va = dbt_reserve(pg, pg);

	RTE_BUILD_BUG_ON(RTE_MEMSEG_LIST_EXTERNAL != 1);
	RTE_BUILD_BUG_ON(RTE_MEMSEG_LIST_DMABUF != 2);
	TEST_ASSERT(msl != NULL && va != NULL, "no memory");
	TEST_ASSERT(msl->properties == 0, "internal memory has 0x%x", msl->properties);
	TEST_ASSERT(dbt_register_ordinary(va, pg, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	msl = rte_mem_virt2memseg_list(va);
	TEST_ASSERT(msl != NULL, "no list");
	TEST_ASSERT(msl->properties == RTE_MEMSEG_LIST_EXTERNAL, "0x%x", msl->properties);
	return TEST_SUCCESS;
}

/* ---- rte_extmem_register() is as it was ---- */

static int
ordinary_registration_is_unchanged(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *va = dbt_reserve(2 * len, 2 * pg);
	rte_iova_t iovas[N_PAGES] = { 0 };
	const struct rte_memseg_list *first, *second;

	TEST_ASSERT(va != NULL, "no memory");
	DBT_FAILS(dbt_register_ordinary(NULL, len, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register_ordinary(va, 0, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register_ordinary(va + 1, len, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register_ordinary(va, len - 1, NULL, 0, pg), EINVAL);
	DBT_FAILS(dbt_register_ordinary(va, len, NULL, 0, 0), EINVAL);
	DBT_FAILS(dbt_register_ordinary(va, len, NULL, 0, 3 * pg), EINVAL);
	DBT_FAILS(dbt_register_ordinary(va, len, iovas, N_PAGES - 1, pg), EINVAL);

	TEST_ASSERT(dbt_register_ordinary(va, len, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	DBT_FAILS(dbt_register_ordinary(va, len, NULL, 0, pg), EEXIST);
	first = rte_mem_virt2memseg_list(va);
	TEST_ASSERT(first != NULL, "no list");

	/* it has never refused a range that overlaps in part; the first list answers */
	TEST_ASSERT(dbt_register_ordinary(va + pg, 2 * pg, NULL, 0, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(dbt_register_ordinary(va + len / 2, len, NULL, 0, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(rte_mem_virt2memseg_list(va + pg) == first, "another list inside");
	TEST_ASSERT(rte_mem_virt2memseg_list(va + len - 1) == first, "another list at the end");
	second = rte_mem_virt2memseg_list(va + len);
	TEST_ASSERT(second != NULL && second != first, "no list behind the first");
	TEST_ASSERT(dbt_unregister(va, len) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(rte_mem_virt2memseg_list(va) == NULL, "still found");
	TEST_ASSERT(rte_mem_virt2memseg_list(va + pg) != NULL, "the inner one is hidden");
	TEST_ASSERT(rte_mem_virt2memseg_list(va + len - 1) == second, "the second is hidden");
	TEST_ASSERT(dbt_unregister(va + pg, 2 * pg) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(dbt_unregister(va + len / 2, len) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(rte_mem_virt2memseg_list(va + len) == NULL, "still found");
	return TEST_SUCCESS;
}

static struct unit_test_suite extmem_dmabuf_suite = {
	.suite_name = "extmem dma-buf",
	.unit_test_cases = {
		DBT_CASE(bad_range_is_einval, 0),
		DBT_CASE(bad_page_size_is_einval, 0),
		DBT_CASE(bad_page_count_is_einval, 0),
		DBT_CASE(negative_fd_is_einval, 0),
		DBT_CASE(closed_fd_is_ebadf, 0),
		DBT_CASE(other_files_are_einval, 0),
		DBT_CASE(offset_beyond_the_end_is_einval, DBT_NEEDS_DMABUF),
		DBT_CASE(registers_each_exporter, DBT_NEEDS_DMABUF),
		DBT_CASE(page_count_without_iovas_is_ignored, DBT_NEEDS_DMABUF),
		DBT_CASE(registers_each_page_size, DBT_NEEDS_DMABUF),
		DBT_CASE(caller_may_close_its_fd, DBT_NEEDS_DMABUF),
		DBT_CASE(overlap_with_a_dmabuf_is_eexist, DBT_NEEDS_DMABUF),
		DBT_CASE(overlap_with_external_memory_is_eexist, DBT_NEEDS_DMABUF),
		DBT_CASE(overlap_with_internal_memory_is_eexist, DBT_NEEDS_DMABUF),
		DBT_CASE(all_lists_in_use_is_enospc, DBT_NEEDS_DMABUF),
		DBT_CASE(no_descriptor_is_emfile, DBT_NEEDS_DMABUF),
		DBT_CASE(no_number_for_any_list_is_emfile, DBT_NEEDS_DMABUF),
		DBT_CASE(next_list_if_the_number_is_taken, DBT_NEEDS_DMABUF),
		DBT_CASE(no_memory_is_enomem, DBT_NEEDS_DMABUF),
		DBT_CASE(unregister_takes_the_whole_range_only, DBT_NEEDS_DMABUF),
		DBT_CASE(unregisters_what_lost_its_file, DBT_NEEDS_DMABUF),
		DBT_CASE(getters_refuse_other_lists, 0),
		DBT_CASE(getters_refuse_bad_arguments, DBT_NEEDS_DMABUF),
		DBT_CASE(properties_of_ordinary_lists, 0),
		DBT_CASE(ordinary_registration_is_unchanged, 0),
		TEST_CASES_END()
	}
};

static int
test_extmem_dmabuf(void)
{
	return unit_test_suite_runner(&extmem_dmabuf_suite);
}

#endif /* RTE_EXEC_ENV_LINUX */

REGISTER_FAST_TEST(extmem_dmabuf_autotest, NOHUGE_OK, ASAN_OK, test_extmem_dmabuf);
