/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <rte_common.h>

#ifdef RTE_EXEC_ENV_LINUX

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/dma-heap.h>
#include <linux/udmabuf.h>

#include <rte_debug.h>
#include <rte_eal.h>

#include "extmem_dmabuf_util.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

#define UDMABUF_DEV "/dev/udmabuf"
#define HEAP_DEV "/dev/dma_heap/system"

/* external socket ids start above every NUMA node's */
#define FIRST_EXTERNAL_SOCKET 256

struct range {
	void *va;
	size_t len;
};

/* what the running case has to give back */
static struct {
	int fds[8192];
	unsigned int n_fds;
	struct range maps[64];
	unsigned int n_maps;
	struct range lists[2 * RTE_MAX_MEMSEG_LISTS];
	unsigned int n_lists;
	struct rlimit fd_limit;
	bool fd_limit_changed;
	void (*on_release)(void);
} held;

void
dbt_on_release(void (*fn)(void))
{
	held.on_release = fn;
}

static void
release_all(void)
{
	if (held.fd_limit_changed)
		setrlimit(RLIMIT_NOFILE, &held.fd_limit);
	held.fd_limit_changed = false;
	if (held.on_release != NULL)
		held.on_release();
	while (held.n_lists > 0) {
		const struct range *r = &held.lists[held.n_lists - 1];

		held.n_lists--;
		rte_extmem_unregister(r->va, r->len);
	}
	while (held.n_maps > 0) {
		held.n_maps--;
		munmap(held.maps[held.n_maps].va, held.maps[held.n_maps].len);
	}
	while (held.n_fds > 0)
		close(held.fds[--held.n_fds]);
}

static int
run_case(const struct dbt_case *tc)
{
	struct dbt_state before, after;
	unsigned int ms = 0;
	int ret;

	if ((tc->flags & DBT_NEEDS_DMABUF) && !dbt_can_export(DBT_UDMABUF) &&
			!dbt_can_export(DBT_HEAP)) {
		printf("skipped: this kernel makes no dma-buf, there is neither " UDMABUF_DEV
			" nor " HEAP_DEV " that can be opened; run the test in the guest: "
			"tools/guest -- <dpdk-test command>\n");
		return TEST_SKIPPED;
	}
	dbt_state_get(&before);
	ret = tc->run();
	release_all();
	do { /* as for dbt_peer_settled() */
		usleep(1000);
		dbt_state_get(&after);
	} while (!dbt_state_has_settled(&before, &after) && ++ms < DBT_SETTLED_MS &&
		!(tc->flags & (DBT_LEAVES_LIST | DBT_FILES_VARY)));
	if (!(tc->flags & DBT_LEAVES_LIST) && !dbt_state_same(&before, &after, tc->flags)) {
		printf("the case left this behind after everything was released\n");
		return TEST_FAILED;
	}
	return ret;
}

int
dbt_run(const void *dbt_case)
{
	int ret;

	/* whole lines, wherever the log goes */
	fflush(stdout);
	ret = run_case(dbt_case);
	fflush(stdout);
	return ret;
}

static uint64_t
hash_add(uint64_t hash, uint64_t value)
{
	/* order matters, so that a swap is a change as well */
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ (hash >> 29);
}

static int
hash_list(const struct rte_memseg_list *msl, void *arg)
{
	struct dbt_state *st = arg;

	st->lists++;
	st->list_hash = hash_add(st->list_hash, (uintptr_t)msl);
	st->list_hash = hash_add(st->list_hash, (uintptr_t)rte_memseg_list_get_va(msl));
	st->list_hash = hash_add(st->list_hash, rte_memseg_list_get_socket_id(msl));
	st->list_hash = hash_add(st->list_hash, msl->len);
	st->list_hash = hash_add(st->list_hash, msl->page_sz);
	st->list_hash = hash_add(st->list_hash, msl->properties);
	return 0;
}

void
dbt_state_get(struct dbt_state *st)
{
	struct dirent *entry;
	struct stat sb;
	DIR *dir;

	memset(st, 0, sizeof(*st));
	rte_memseg_list_walk(hash_list, st);

	dir = opendir("/proc/self/fd");
	if (dir == NULL) {
		printf("cannot list /proc/self/fd: %s\n", strerror(errno));
		st->fds = UINT32_MAX;
	} else {
		while ((entry = readdir(dir)) != NULL) {
			int fd = atoi(entry->d_name);

			if (entry->d_name[0] == '.' || fd == dirfd(dir))
				continue;
			st->fds++;
			/* added, as the order of a directory is not defined */
			if (fstat(fd, &sb) == 0)
				st->fd_hash += hash_add(hash_add(fd, sb.st_dev), sb.st_ino);
		}
		closedir(dir);
	}

	dir = opendir(rte_eal_get_runtime_dir());
	if (dir != NULL) { /* there is none with --in-memory or --no-huge */
		/* EAL removes the sockets of dead processes when it next meets them */
		while ((entry = readdir(dir)) != NULL)
			if (strncmp(entry->d_name, "mp_socket", strlen("mp_socket")) != 0)
				st->files++;
		closedir(dir);
	}
}

static bool
same_fds(const struct dbt_state *a, const struct dbt_state *b)
{
	return a->fds == b->fds && a->fd_hash == b->fd_hash;
}

bool
dbt_state_has_settled(const struct dbt_state *expected, const struct dbt_state *now)
{
	return same_fds(expected, now) && expected->files == now->files;
}

bool
dbt_state_same(const struct dbt_state *a, const struct dbt_state *b, unsigned int flags)
{
	bool same = true;

	if (a->lists != b->lists || a->list_hash != b->list_hash) {
		printf("memseg lists changed: %u were in use, %u are%s\n", a->lists, b->lists,
			a->lists == b->lists ? ", not the same" : "");
		same = false;
	}
	if (flags & DBT_FILES_VARY)
		return same;
	if (!same_fds(a, b)) {
		printf("descriptors changed: %u were open, %u are%s\n", a->fds, b->fds,
			a->fds == b->fds ? ", not the same" : "");
		same = false;
	}
	if (a->files != b->files) {
		printf("%s held %u files and holds %u\n", rte_eal_get_runtime_dir(), a->files,
			b->files);
		same = false;
	}
	return same;
}

int
dbt_track_fd(int fd)
{
	if (fd < 0)
		return fd;
	if (held.n_fds == RTE_DIM(held.fds)) {
		printf("a test case has more than %zu descriptors\n", RTE_DIM(held.fds));
		close(fd);
		return -1;
	}
	held.fds[held.n_fds++] = fd;
	return fd;
}

void
dbt_close(int fd)
{
	unsigned int i;

	for (i = 0; i < held.n_fds; i++) {
		if (held.fds[i] != fd)
			continue;
		held.fds[i] = held.fds[--held.n_fds];
		close(fd);
		return;
	}
}

int
dbt_limit_fds(rlim_t soft)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return -1;
	if (!held.fd_limit_changed) {
		held.fd_limit = limit;
		held.fd_limit_changed = true;
	}
	limit.rlim_cur = RTE_MIN(soft, limit.rlim_max);
	return setrlimit(RLIMIT_NOFILE, &limit);
}

static const char *
device_of(enum dbt_exporter exporter)
{
	return exporter == DBT_UDMABUF ? UDMABUF_DEV : HEAP_DEV;
}

const char *
dbt_exporter_name(enum dbt_exporter exporter)
{
	return exporter == DBT_UDMABUF ? "udmabuf" : "system";
}

bool
dbt_can_export(enum dbt_exporter exporter)
{
	return access(device_of(exporter), R_OK | W_OK) == 0;
}

int
dbt_memfd(size_t size)
{
	int fd = memfd_create("extmem_dmabuf", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, size) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
		printf("cannot make a memfd of %zu bytes: %s\n", size, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return dbt_track_fd(fd);
}

static int
create_udmabuf(int dev, size_t size)
{
	struct udmabuf_create req = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };
	int fd;

	fd = dbt_memfd(size);
	if (fd < 0)
		return -1;
	req.memfd = fd;
	fd = ioctl(dev, UDMABUF_CREATE, &req);
	/* the dma-buf holds the pages: the memfd has done its work */
	dbt_close(req.memfd);
	return fd;
}

static int
allocate_from_heap(int dev, size_t size)
{
	struct dma_heap_allocation_data req = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };

	return ioctl(dev, DMA_HEAP_IOCTL_ALLOC, &req) == 0 ? (int)req.fd : -1;
}

int
dbt_create(enum dbt_exporter exporter, size_t size)
{
	const char *name = device_of(exporter);
	int dev, fd;

	dev = open(name, O_RDWR | O_CLOEXEC);
	if (dev < 0) {
		printf("cannot open %s: %s\n", name, strerror(errno));
		return -1;
	}
	if (exporter == DBT_UDMABUF)
		fd = create_udmabuf(dev, size);
	else
		fd = allocate_from_heap(dev, size);
	if (fd < 0)
		printf("%s made no dma-buf of %zu bytes: %s\n", name, size, strerror(errno));
	close(dev);
	return dbt_track_fd(fd);
}

int
dbt_create_any(size_t size)
{
	return dbt_create(dbt_can_export(DBT_UDMABUF) ? DBT_UDMABUF : DBT_HEAP, size);
}

bool
dbt_same_file(int fd_a, int fd_b)
{
	struct stat a, b;

	return fstat(fd_a, &a) == 0 && fstat(fd_b, &b) == 0 &&
		a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

unsigned int
dbt_count_fds_of(int fd)
{
	struct dirent *entry;
	unsigned int n = 0;
	DIR *dir;

	dir = opendir("/proc/self/fd");
	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.' && dbt_same_file(atoi(entry->d_name), fd);
	closedir(dir);
	return n;
}

size_t
dbt_page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static void *
map_tracked(void *addr, size_t len, int prot, int flags)
{
	void *va;

	if (held.n_maps == RTE_DIM(held.maps))
		return NULL;
	va = mmap(addr, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
	if (va == MAP_FAILED)
		return NULL;
	if (addr != NULL && va != addr) { /* a kernel that knows no MAP_FIXED_NOREPLACE */
		munmap(va, len);
		return NULL;
	}
	held.maps[held.n_maps].va = va;
	held.maps[held.n_maps].len = len;
	held.n_maps++;
	return va;
}

void *
dbt_reserve(size_t len, size_t align)
{
	void *va = map_tracked(NULL, len + align, PROT_NONE, 0);

	return va == NULL ? NULL : RTE_PTR_ALIGN_CEIL(va, align);
}

void *
dbt_reserve_low(size_t len, int prot)
{
	uintptr_t at;
	void *va = NULL;

	for (at = 1 << 20; va == NULL && at < (64 << 20); at += 1 << 20)
		va = map_tracked((void *)at, len, prot, MAP_FIXED_NOREPLACE);
	return va;
}

static void
track_list(void *va, size_t len)
{
	if (held.n_lists == RTE_DIM(held.lists))
		rte_panic("a test case registers more lists than EAL has\n");
	held.lists[held.n_lists].va = va;
	held.lists[held.n_lists].len = len;
	held.n_lists++;
}

int
dbt_register(void *va, size_t len, int fd, uint64_t offset, rte_iova_t iovas[],
	unsigned int n_pages, size_t page_sz)
{
	int ret = rte_extmem_register_dmabuf(va, len, fd, offset, iovas, n_pages, page_sz);

	if (ret == 0)
		track_list(va, len);
	return ret;
}

int
dbt_register_ordinary(void *va, size_t len, rte_iova_t iovas[], unsigned int n_pages,
	size_t page_sz)
{
	int ret = rte_extmem_register(va, len, iovas, n_pages, page_sz);

	if (ret == 0)
		track_list(va, len);
	return ret;
}

int
dbt_unregister(void *va, size_t len)
{
	int ret = rte_extmem_unregister(va, len);
	unsigned int i;

	if (ret != 0)
		return ret;
	for (i = 0; i < held.n_lists; i++) {
		if (held.lists[i].va == va && held.lists[i].len == len) {
			held.lists[i] = held.lists[--held.n_lists];
			break;
		}
	}
	return 0;
}

unsigned int
dbt_count_lists(void)
{
	struct dbt_state st = { 0 };

	rte_memseg_list_walk(hash_list, &st);
	return st.lists;
}

static int
take_internal_list(const struct rte_memseg_list *msl, void *arg)
{
	const struct rte_memseg_list **found = arg;

	if (msl->properties != 0)
		return 0;
	*found = msl;
	return 1;
}

const struct rte_memseg_list *
dbt_find_internal_list(void)
{
	const struct rte_memseg_list *msl = NULL;

	rte_memseg_list_walk(take_internal_list, &msl);
	return msl;
}

struct socket_search {
	const struct rte_memseg_list *self;
	int socket;
};

static int
other_list_has_socket(const struct rte_memseg_list *msl, void *arg)
{
	const struct socket_search *s = arg;

	return msl != s->self && rte_memseg_list_get_socket_id(msl) == s->socket;
}

static int
check_pages(const struct rte_memseg_list *msl, void *va, size_t len, const rte_iova_t iovas[],
	size_t page_sz)
{
	size_t i, n_pages = len / page_sz;

	for (i = 0; i < n_pages; i++) {
		void *page = RTE_PTR_ADD(va, i * page_sz);
		void *last = RTE_PTR_ADD(page, page_sz - 1);
		rte_iova_t iova = iovas == NULL ? RTE_BAD_IOVA : iovas[i];
		const struct rte_memseg *ms = rte_mem_virt2memseg(page, msl);

		TEST_ASSERT(rte_mem_virt2memseg_list(page) == msl, "page %zu is in no list", i);
		TEST_ASSERT(rte_mem_virt2memseg_list(last) == msl, "end of page %zu: no list", i);
		TEST_ASSERT(ms != NULL, "page %zu has no memseg", i);
		TEST_ASSERT(rte_mem_virt2memseg(page, NULL) == ms, "page %zu: no list given", i);
		TEST_ASSERT(rte_mem_virt2memseg(last, msl) == ms, "end of page %zu", i);
		TEST_ASSERT(ms->addr == page, "page %zu: %p and not %p", i, ms->addr, page);
		TEST_ASSERT(ms->iova == iova, "page %zu: IOVA 0x%" PRIx64, i, ms->iova);
		TEST_ASSERT(ms->len == page_sz, "page %zu: %zu bytes", i, ms->len);
		TEST_ASSERT(ms->hugepage_sz == page_sz, "page %zu: page size", i);
		TEST_ASSERT(ms->socket_id == rte_memseg_list_get_socket_id(msl),
			"page %zu: socket %d", i, ms->socket_id);
	}
	return 0;
}

int
dbt_check_list(void *va, size_t len, int fd, uint64_t offset, const rte_iova_t iovas[],
	size_t page_sz)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(va);
	struct socket_search s = { .self = msl };
	uint64_t got = ~offset;
	int own, fd_flags;

	TEST_ASSERT(msl != NULL, "no list at %p", va);
	TEST_ASSERT(msl->properties == (RTE_MEMSEG_LIST_EXTERNAL | RTE_MEMSEG_LIST_DMABUF),
		"properties 0x%x", msl->properties);
	TEST_ASSERT(msl->len == len, "length %zu", msl->len);
	TEST_ASSERT(msl->page_sz == page_sz, "page size %" PRIu64, msl->page_sz);
	TEST_ASSERT(msl->heap == 0, "the list is a heap's");
	TEST_ASSERT(rte_memseg_list_get_va(msl) == va, "VA %p", rte_memseg_list_get_va(msl));

	s.socket = rte_memseg_list_get_socket_id(msl);
	TEST_ASSERT(s.socket >= FIRST_EXTERNAL_SOCKET, "socket %d is no external one", s.socket);
	TEST_ASSERT(rte_memseg_list_walk(other_list_has_socket, &s) == 0,
		"socket %d is another list's as well", s.socket);

	own = rte_memseg_list_get_dmabuf_fd(msl);
	TEST_ASSERT(own >= 0, "no descriptor, rte_errno %d", rte_errno);
	TEST_ASSERT(own != fd, "EAL uses the caller's descriptor %d", fd);
	TEST_ASSERT(dbt_same_file(own, fd), "descriptor %d is another file", own);
	fd_flags = fcntl(own, F_GETFD);
	TEST_ASSERT(fd_flags >= 0 && (fd_flags & FD_CLOEXEC),
		"descriptor %d would survive exec", own);
	TEST_ASSERT(rte_memseg_list_get_dmabuf_fd_unsafe(msl) == own, "another descriptor");
	TEST_ASSERT(rte_memseg_list_get_dmabuf_offset(msl, &got) == 0 && got == offset,
		"offset 0x%" PRIx64 " and not 0x%" PRIx64, got, offset);
	got = ~offset;
	TEST_ASSERT(rte_memseg_list_get_dmabuf_offset_unsafe(msl, &got) == 0 && got == offset,
		"offset 0x%" PRIx64 " and not 0x%" PRIx64, got, offset);

	TEST_ASSERT(rte_mem_virt2memseg_list(RTE_PTR_SUB(va, 1)) != msl, "found below its VA");
	TEST_ASSERT(rte_mem_virt2memseg_list(RTE_PTR_ADD(va, len)) != msl, "found past its end");
	TEST_ASSERT(rte_mem_virt2memseg(RTE_PTR_SUB(va, 1), msl) == NULL, "memseg below its VA");
	TEST_ASSERT(rte_mem_virt2memseg(RTE_PTR_ADD(va, len), msl) == NULL,
		"memseg past its end");
	return check_pages(msl, va, len, iovas, page_sz);
}

#endif /* RTE_EXEC_ENV_LINUX */
