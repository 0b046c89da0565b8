/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "eal_memcfg.h"
#include "eal_private.h"

#include "nic.h"
#include "sources.h"
#include "state.h"

/* mlx5 keeps what it frees later, and a larger cache */
#define HEAP_KEPT 0x8000u

_Static_assert(LISTS == RTE_MAX_MEMSEG_LISTS && MEMSEG_BYTES == sizeof(struct rte_memseg), "as in the model");

struct model model;
const struct rte_mem_config *mcfg;
unsigned int n_own_lists;
int fd_base;
/* when no list is there */
static unsigned int n_fds, n_own_memsegs;
static size_t heap_used_before;

/* ---- what was done, for when it differs ---- */

static char trace[1 << 13];
static size_t trace_len;

void
state_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	trace_len += vsnprintf(trace + trace_len, sizeof(trace) - trace_len, fmt, args);
	va_end(args);
	if (trace_len >= sizeof(trace))
		trace_len = sizeof(trace) - 1;
}

void
state_forget_notes(void)
{
	trace_len = 0;
	trace[0] = '\0';
}

/* Also in a signal's handler. */
static void
show_notes(void)
{
	char *line = trace, *end;

	while ((end = strchr(line, '\n')) != NULL) {
		if (write(STDOUT_FILENO, "# ", 2) < 0 || write(STDOUT_FILENO, line, end + 1 - line) < 0)
			break;
		line = end + 1;
	}
}

void
state_differ(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	show_notes();
	printf("not ok - ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	signal(SIGABRT, SIG_DFL);
	abort();
}

#ifndef FUZZ /* libFuzzer has its own */

static void
crashed(int sig)
{
	static const char text[] = "not ok - crashed\n";

	show_notes();
	signal(sig, SIG_DFL);
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) > 0)
		raise(sig);
	_exit(1);
}

#endif

/* ---- comparing ---- */

/* One system call for all of them. */
static unsigned int
count_fds(void)
{
	struct pollfd fds[4 * LISTS];
	unsigned int i, n = 0;

	for (i = 0; i < RTE_DIM(fds); i++)
		fds[i] = (struct pollfd){ .fd = i };
	if (poll(fds, RTE_DIM(fds), 0) < 0)
		state_differ("poll: %s", strerrorname_np(errno));
	for (i = 0; i < RTE_DIM(fds); i++)
		n += !(fds[i].revents & POLLNVAL);
	return n;
}

static void
compare_list(unsigned int i)
{
	const struct list *want = &model.lists[i];
	const struct rte_memseg_list *msl = &mcfg->memsegs[i];
	const struct rte_memseg *first, *last;
	uint64_t offset = 1;
	size_t ms_offset;
	struct stat st;
	int fd;

	if (rte_memseg_list_get_va(msl) != (void *)want->va)
		state_differ("list %u: address %p", i, rte_memseg_list_get_va(msl));
	fd = rte_memseg_list_get_dmabuf_fd_unsafe(msl);
	if (fd != (want->dmabuf && want->attached ? fd_base + (int)i : -1) ||
			(fd < 0 && rte_errno != (want->used && !want->dmabuf ? ENOTSUP : EINVAL)))
		state_differ("list %u: descriptor %d, %s", i, fd, strerrorname_np(rte_errno));
	if (fd >= 0 && (fstat(fd, &st) < 0 || st.st_ino != want->inode ||
			fcntl(fd, F_GETFD) != FD_CLOEXEC))
		state_differ("list %u: descriptor %d is not the dma-buf", i, fd);
	if (want->dmabuf && (rte_extmem_dmabuf_attached(msl) != 0) != want->attached)
		state_differ("list %u: attached, or not", i);
	if (rte_memseg_list_get_dmabuf_offset_unsafe(msl, &offset) != (want->dmabuf ? 0 : -1) ||
			offset != (want->dmabuf ? want->offset : 1))
		state_differ("list %u: offset %#" PRIx64, i, offset);
	if (!want->used)
		return;
	if (msl->len != want->len || rte_memseg_list_get_socket_id(msl) != want->socket)
		state_differ("list %u: %zu bytes, socket %d", i, msl->len, rte_memseg_list_get_socket_id(msl));
	if (!want->external)
		return;
	if (msl->page_sz != want->page_sz || msl->heap != (want->heap != 0) ||
			msl->properties != (want->dmabuf ? 3 : 1))
		state_differ("list %u: page size, heap or properties", i);
	if (!want->attached)
		return;
	first = rte_fbarray_get(&msl->memseg_arr, 0);
	last = rte_fbarray_get(&msl->memseg_arr, want->len / want->page_sz - 1);
	if (first->addr_64 != want->va || last->addr_64 != want->va + want->len - want->page_sz ||
			first->iova != (want->iova ? want->iova : RTE_BAD_IOVA) ||
			last->iova != (want->iova ? want->iova + want->len - want->page_sz : RTE_BAD_IOVA))
		state_differ("list %u: its memsegs", i);
	if (want->dmabuf && (rte_memseg_get_fd(last) != fd ||
			rte_memseg_get_fd_offset(last, &ms_offset) != 0 ||
			ms_offset != want->offset + want->len - want->page_sz))
		state_differ("list %u: descriptor or offset of its last memseg", i);
}

/* EAL's own memory may have shrunk, or not have grown so far. */
static bool
is_used(uintptr_t addr, const struct rte_memseg *ms)
{
	struct rte_fbarray *arr = &rte_mem_virt2memseg_list((void *)addr)->memseg_arr;

	return rte_fbarray_is_used(arr, rte_fbarray_find_idx(arr, ms)) == 1;
}

static void
compare_look_up(uintptr_t addr)
{
	const struct rte_memseg_list *lists = mcfg->memsegs;
	unsigned int want = model_find(&model, addr), want_dmabuf = model_find_dmabuf(&model, addr, 2 * PAGE);
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list((void *)addr);
	const struct rte_memseg *ms = rte_mem_virt2memseg((void *)addr, NULL);

	if (msl != (want == LISTS ? NULL : &lists[want]))
		state_differ("%#" PRIxPTR " is found in list %td, not in %u", addr, msl ? msl - lists : -1, want);
	if ((ms != NULL) != (want != LISTS && (!model.lists[want].external || model.lists[want].attached)) ||
			(ms != NULL && is_used(addr, ms) && addr - ms->addr_64 >= ms->len))
		state_differ("%#" PRIxPTR ": its memseg", addr);
	msl = rte_mem_find_dmabuf_list((void *)addr, 2 * PAGE);
	if (msl != (want_dmabuf == LISTS ? NULL : &lists[want_dmabuf]))
		state_differ("two pages from %#" PRIxPTR ": dma-buf in list %td, not in %u", addr,
			msl ? msl - lists : -1, want_dmabuf);
}

/* What mlx5 and the HCA have is what was mapped, and has not gone. */
static void
compare_mappings(void)
{
	unsigned int i, n = model.n_mappings, n_mrs, n_registered;
	struct nic_mr mrs[MAPPINGS], last;

	n_mrs = nic_mrs(mrs, MAPPINGS);
	n_registered = nic_registered(&last);
	if (n_mrs != n || n_registered != n)
		state_differ("mlx5 has %u memory regions, its device %u, not %u", n_mrs, n_registered, n);
	for (i = 0; i < n; i++) {
		const struct mapping *want = &model.mappings[n - 1 - i];

		if (mrs[i].va != want->va || mrs[i].len != want->len)
			state_differ("a memory region at %#" PRIxPTR ", %zu bytes, not at %#" PRIxPTR ", %zu", mrs[i].va,
				mrs[i].len, want->va, want->len);
	}
	/* not of all: one that overlaps another may have none */
	n_mrs = nic_cached(mrs, MAPPINGS);
	if (n_mrs > n)
		state_differ("mlx5 has %u keys of %u memory regions", n_mrs, n);
	for (i = 0; i < n_mrs; i++) {
		unsigned int k = 0;

		while (k < n && (model.mappings[k].va != mrs[i].va || model.mappings[k].len != mrs[i].len))
			k++;
		if (k == n)
			state_differ("mlx5 has a key of %#" PRIxPTR ", %zu bytes, of no memory region", mrs[i].va, mrs[i].len);
	}
}

static int
count_list(const struct rte_memseg_list *msl __rte_unused, void *arg)
{
	++*(unsigned int *)arg;
	return 0;
}

static int
count_memseg(const struct rte_memseg_list *msl __rte_unused, const struct rte_memseg *ms __rte_unused, void *arg)
{
	++*(unsigned int *)arg;
	return 0;
}

static int
count_contig(const struct rte_memseg_list *msl, const struct rte_memseg *ms __rte_unused, size_t len, void *arg)
{
	*(unsigned int *)arg += len / msl->page_sz;
	return 0;
}

unsigned int
state_compare_memsegs(void)
{
	unsigned int i, own = 0, want = 0, n = 0, n_contig = 0;

	for (i = 0; i < LISTS; i++) {
		const struct list *list = &model.lists[i];

		if (i < n_own_lists)
			own += mcfg->memsegs[i].memseg_arr.count;
		else if (list->used && list->attached)
			want += list->len / list->page_sz;
	}
	want += own;
	rte_memseg_walk_thread_unsafe(count_memseg, &n);
	if (n != want)
		state_differ("a walk sees %u memsegs, not %u", n, want);
	rte_memseg_contig_walk_thread_unsafe(count_contig, &n_contig);
	if (n_contig != want)
		state_differ("a walk over what is contiguous sees %u memsegs, not %u", n_contig, want);
	return own;
}

void
state_compare(void)
{
	unsigned int i, n = 0, n_readable = 0;

	for (i = 0; i < LISTS; i++) {
		const struct list *list = &model.lists[i];

		compare_list(i);
		if (!list->used)
			continue;
		n_readable += !list->external || list->attached;
		compare_look_up(list->va - 2 * PAGE); /* two pages that end before the list, */
		compare_look_up(list->va - 2 * PAGE + 1); /* and with its first byte */
		compare_look_up(list->va - 1);
		compare_look_up(list->va);
		compare_look_up(list->va + list->len / 2);
		compare_look_up(list->va + list->len - 1);
		compare_look_up(list->va + list->len);
	}
	compare_look_up(0);
	compare_look_up(UINTPTR_MAX);
	rte_memseg_list_walk_thread_unsafe(count_list, &n);
	if (n != n_readable)
		state_differ("a walk sees %u lists, not %u", n, n_readable);
	compare_mappings();
}

size_t
state_heap_used(void)
{
	struct rte_malloc_socket_stats stats;

	if (rte_malloc_get_socket_stats(0, &stats) != 0)
		state_differ("no statistics of EAL's heap");
	return stats.heap_allocsz_bytes;
}

void
state_compare_heap(void)
{
	size_t used = state_heap_used();

	if (used > heap_used_before + HEAP_KEPT)
		state_differ("EAL's heap has %zu bytes, %zu before", used, heap_used_before);
}

void
state_others_fds(void)
{
	n_own_memsegs = state_compare_memsegs();
	n_fds = count_fds();
}

void
state_compare_fds(void)
{
	/* EAL has one of each page that its own memory grew by */
	unsigned int i, want = n_fds + state_compare_memsegs() - n_own_memsegs, n = count_fds();

	for (i = 0; i < LISTS; i++) {
		const struct list *list = &model.lists[i];

		want += model.number_in_use[i];
		if (list->used && list->external)
			want += list->dmabuf + list->attached + (list->dmabuf && list->attached);
	}
	if (n != want)
		state_differ("%u descriptors are open, not %u", n, want);
}

void
state_expect(int want, int ret)
{
	int error = rte_errno;

	if (ret == 0 ? want != MODEL_OK :
			ret != -1 || (want != MODEL_ANY_ERROR && want != error))
		state_differ("returned %d, %s; the model says %s", ret, strerrorname_np(error),
			want == MODEL_OK ? "0" : want == MODEL_ANY_ERROR ? "-1" : strerrorname_np(want));
}

/* ---- starting ---- */

/* EAL does not export it. Its own lists are the first ones. */
static int
find_configuration(const struct rte_memseg_list *first, void *arg __rte_unused)
{
	mcfg = container_of(first, struct rte_mem_config, memsegs[0]);
	return 1;
}

void
state_start(const char *program, bool guest)
{
	const char *device = nic_install(guest);
	char prefix[32]; /* libFuzzer starts several */
	char *args[] = {
		(char *)(uintptr_t)program, "-l", "0", "-m", "16", "--iova-mode=va", "--no-telemetry", prefix,
		"--log-level=1", (char *)(uintptr_t)device, guest ? NULL : "--no-huge", NULL,
	};
	/* few numbers, so that all of them are soon looked at */
	const struct rlimit limit = { .rlim_cur = 4 * LISTS, .rlim_max = 4 * LISTS };
	unsigned int i;

	snprintf(prefix, sizeof(prefix), "--file-prefix=model%d", getpid());
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || rte_eal_init(RTE_DIM(args) - 1 - guest, args) < 0 ||
			sources_create(guest) != 0)
		exit(EXIT_FAILURE);
#ifndef FUZZ
	if (nic() == NULL) {
		fprintf(stderr, "mlx5 does not take the device: %s\n", device);
		exit(EXIT_FAILURE);
	}
	signal(SIGSEGV, crashed);
	signal(SIGBUS, crashed);
	signal(SIGFPE, crashed);
#endif
	rte_memseg_list_walk_thread_unsafe(find_configuration, NULL);
	for (i = 0; i < LISTS && mcfg->memsegs[i].base_va != NULL; i++) {
		const struct rte_memseg_list *msl = &mcfg->memsegs[i];

		model.lists[i] = (struct list){
			.used = true, .va = (uintptr_t)msl->base_va, .len = msl->len, .socket = msl->socket_id,
			.external = msl->properties != 0, .attached = true, .page_sz = msl->page_sz,
		};
	}
	n_own_lists = i;
	model.next_socket = mcfg->next_socket_id;
	fd_base = mcfg->extmem.fd_base;
	if (mmap((void *)CHUNKS, N_CHUNKS * CHUNK_LEN * 16, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED) {
		perror("mmap");
		exit(EXIT_FAILURE);
	}
	state_others_fds();
	heap_used_before = state_heap_used();
	state_compare();
}
