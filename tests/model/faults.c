/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Each system call and each allocation that registering, attaching, detaching and unregistering a dma-buf
 * make, and mapping it for a device, fails once. What fails has to say so in rte_errno and in the log, to leave
 * everything as it was, and to work when it is called again. Prints TAP.
 *
 * usage: faults [--guest]      with dma-bufs for stand-ins
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>

#include "eal_memcfg.h"
#include "eal_private.h"

#include "../hca/model.h"
#include "nic.h"
#include "sources.h"
#include "state.h"

/* ---- what fails ---- */

static const struct {
	const char *name;
	int error;
} faults[] = {
	{ "open", EMFILE }, { "fcntl", EMFILE }, { "flock", ENOLCK }, { "ftruncate", ENOSPC },
	{ "mmap", ENOMEM }, { "lseek", EIO }, { "fstat", EIO }, { "fstatfs", EIO }, { "unlink", EACCES },
	{ "madvise", EINVAL }, { "close", EIO }, { "malloc", ENOMEM }, { "rte_zmalloc_socket", ENOMEM },
	{ "ibv_reg_dmabuf_mr", EOPNOTSUPP },
};

enum fault {
	OPEN, FCNTL, FLOCK, FTRUNCATE, MMAP, LSEEK, FSTAT, FSTATFS, UNLINK, MADVISE, CLOSE, MALLOC, RTE_ZMALLOC,
	REG_DMABUF_MR,
};

/* In this thread only: EAL's others do as they like. */
static __thread bool armed;
static enum fault armed_for;
static unsigned int calls_left;
static bool has_failed;

static bool
fails(enum fault fault)
{
	if (!armed || fault != armed_for || calls_left == 0 || --calls_left > 0)
		return false;
	has_failed = true;
	errno = faults[fault].error;
	return true;
}

static bool
fstatfs_fails(void)
{
	return fails(FSTATFS);
}

/* The model HCA's. */
static void
answer(void)
{
	model_answers.reg_dmabuf_mr = fails(REG_DMABUF_MR) ? faults[REG_DMABUF_MR].error : 0;
}

/* The C library's, and EAL's, under the names that their callers have for them. */
int fault_open(const char *path, int flags, mode_t mode) __asm__("open64");
int fault_fcntl(int fd, int op, long arg) __asm__("fcntl64");
int fault_flock(int fd, int op) __asm__("flock");
int fault_ftruncate(int fd, off_t len) __asm__("ftruncate64");
void *fault_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset) __asm__("mmap64");
off_t fault_lseek(int fd, off_t offset, int whence) __asm__("lseek64");
int fault_fstat(int fd, struct stat *st) __asm__("fstat64");
int fault_unlink(const char *path) __asm__("unlink");
int fault_madvise(void *at, size_t len, int advice) __asm__("madvise");
int fault_close(int fd) __asm__("close");
void *fault_malloc(size_t size) __asm__("malloc");
void *fault_calloc(size_t n, size_t size) __asm__("calloc");
void *__libc_malloc(size_t size);
void *fault_rte_zmalloc(const char *type, size_t size, unsigned int align, int socket) __asm__("rte_zmalloc_socket");

int
fault_open(const char *path, int flags, mode_t mode)
{
	return fails(OPEN) ? -1 : syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int
fault_fcntl(int fd, int op, long arg)
{
	return fails(FCNTL) ? -1 : syscall(SYS_fcntl, fd, op, arg);
}

int
fault_flock(int fd, int op)
{
	return fails(FLOCK) ? -1 : syscall(SYS_flock, fd, op);
}

int
fault_ftruncate(int fd, off_t len)
{
	return fails(FTRUNCATE) ? -1 : syscall(SYS_ftruncate, fd, len);
}

void *
fault_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	return fails(MMAP) ? MAP_FAILED : (void *)syscall(SYS_mmap, at, len, prot, flags, fd, offset);
}

off_t
fault_lseek(int fd, off_t offset, int whence)
{
	return fails(LSEEK) ? -1 : syscall(SYS_lseek, fd, offset, whence);
}

int
fault_fstat(int fd, struct stat *st)
{
	return fails(FSTAT) ? -1 : syscall(SYS_newfstatat, fd, "", st, AT_EMPTY_PATH);
}

int
fault_unlink(const char *path)
{
	return fails(UNLINK) ? -1 : syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int
fault_madvise(void *at, size_t len, int advice)
{
	return fails(MADVISE) ? -1 : syscall(SYS_madvise, at, len, advice);
}

/* close(2): the descriptor is closed, whatever it returns */
int
fault_close(int fd)
{
	int ret = syscall(SYS_close, fd);

	return fails(CLOSE) ? -1 : ret;
}

void *
fault_malloc(size_t size)
{
	return fails(MALLOC) ? NULL : __libc_malloc(size);
}

/* The C library's own one leaves alone what was freed last, so that more and more seems to be in use. */
void *
fault_calloc(size_t n, size_t size)
{
	size_t len;
	void *at;

	if (__builtin_mul_overflow(n, size, &len) || fails(MALLOC))
		return NULL;
	at = __libc_malloc(len);
	return at == NULL ? NULL : memset(at, 0, len);
}

void *
fault_rte_zmalloc(const char *type, size_t size, unsigned int align, int socket)
{
	static void *(*next)(const char *type, size_t size, unsigned int align, int socket);

	if (next == NULL)
		next = dlsym(RTLD_NEXT, "rte_zmalloc_socket");
	return fails(RTE_ZMALLOC) ? NULL : next(type, size, align, socket);
}

/* ---- the log ---- */

static char log_text[4096];
static size_t log_len;

/* Allocates nothing. */
static ssize_t
keep_log(void *cookie __rte_unused, const char *text, size_t len)
{
	size_t n = RTE_MIN(len, sizeof(log_text) - 1 - log_len);

	memcpy(log_text + log_len, text, n);
	log_len += n;
	log_text[log_len] = '\0';
	return len;
}

static bool
open_log(void)
{
	static char buffer[BUFSIZ];
	FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = keep_log });

	rte_log_set_global_level(RTE_LOG_DEBUG);
	return f != NULL && setvbuf(f, buffer, _IOLBF, sizeof(buffer)) == 0 && rte_openlog_stream(f) == 0 &&
		rte_log_set_level_pattern("lib.eal", RTE_LOG_ERR) == 0;
}

/* ---- what is done ---- */

#define VA ARENA
#define LEN (4 * PAGE)
#define OFFSET (2 * PAGE)

static int
register_it(void)
{
	return rte_extmem_register_dmabuf((void *)VA, LEN, source_fd(0), OFFSET, NULL, 0, PAGE);
}

static int
attach_it(void)
{
	return rte_extmem_attach((void *)VA, LEN);
}

static int
detach_it(void)
{
	return rte_extmem_detach((void *)VA, LEN);
}

static int
unregister_it(void)
{
	return rte_extmem_unregister((void *)VA, LEN);
}

/* A part, as its offset is not the list's. */
static int
map_it(void)
{
	return rte_dev_dma_map(nic(), (void *)(VA + PAGE), RTE_BAD_IOVA, LEN - PAGE);
}

static void
model_registered(void)
{
	model_register_dmabuf(&model, VA, LEN, source_of(0), OFFSET, false, 0, PAGE, 0);
}

static void
model_attached(void)
{
	model.lists[model_find_exact(&model, VA, LEN)].attached = true;
}

static void
model_detached(void)
{
	model_detach(&model, VA, LEN);
}

static void
model_unregistered(void)
{
	model_unregister(&model, VA, LEN);
}

static void
model_mapped(void)
{
	model_dma_map(&model, VA + PAGE, LEN - PAGE);
}

struct step {
	int (*call)(void);
	void (*model)(void);
	const char *log; /* when it fails */
};

static const struct step registers = { register_it, model_registered, "Cannot register" };
static const struct step attaches = { attach_it, model_attached, "Cannot attach" };
static const struct step detaches = { detach_it, model_detached, "Cannot detach" };
static const struct step unregisters = { unregister_it, model_unregistered, "Cannot unregister" };
static const struct step maps = { map_it, model_mapped, "unable to DMA map" };

/* What is looked at comes after what it needs, and is followed by what leaves nothing. */
static const struct {
	const char *name;
	struct step before[2], step, after[1];
	unsigned int least; /* faults that there are */
} cases[] = {
	{ "registering", .step = registers, .after = { unregisters }, .least = 18 },
	{ "attaching", { registers, detaches }, attaches, { unregisters }, 13 },
	{ "detaching", { registers }, detaches, { unregisters }, 2 },
	{ "unregistering", { registers }, unregisters, { { .call = NULL } }, 5 },
	{ "unregistering what nobody has", { registers, detaches }, unregisters, { { .call = NULL } }, 5 },
	{ "mapping for mlx5", { registers }, maps, { unregisters }, 3 },
};

/*
 * These may fail: a hint, what closes a descriptor, and, of unregistering, the removal of a
 * file, which the next registration there takes.
 */
static bool
may_fail(unsigned int i, enum fault fault)
{
	return fault == MADVISE || fault == CLOSE ||
		(fault == UNLINK && cases[i].step.call == unregister_it);
}

static void
compare_all(void)
{
	state_compare();
	state_compare_fds();
}

static void
do_steps(const struct step *steps, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && steps[i].call != NULL; i++) {
		if (steps[i].call() != 0)
			state_differ("what comes before or after fails: %s", strerrorname_np(rte_errno));
		steps[i].model();
		compare_all();
	}
}

/* By the C library and in EAL's heap, in bytes, when nothing is registered. */
static size_t allocated, heap_used;

/* Have the nth call of a function fail, or none if that is 0; false if there are not as many. */
static bool
do_fault(unsigned int i, enum fault fault, unsigned int nth)
{
	int ret, error;

	state_forget_notes();
	state_note("%s, %s() number %u fails\n", cases[i].name, faults[fault].name, nth);
	do_steps(cases[i].before, RTE_DIM(cases[i].before));

	log_len = 0;
	log_text[0] = '\0';
	rte_errno = 0;
	armed_for = fault;
	calls_left = nth;
	has_failed = false;
	model_meanwhile = answer;
	armed = true;
	ret = cases[i].step.call();
	armed = false;
	model_answers.reg_dmabuf_mr = 0;
	error = rte_errno;

	if (ret == 0) {
		if (has_failed && !may_fail(i, fault))
			state_differ("nobody minds");
		cases[i].step.model();
		compare_all();
	} else {
		state_note("%s", log_text);
		if (!has_failed || ret != -1 || error <= 0)
			state_differ("returned %d, rte_errno %d", ret, error);
		if (strstr(log_text, cases[i].step.log) == NULL)
			state_differ("%s, and nothing in the log", strerrorname_np(error));
		/* numbers of sockets are used once, also by what is taken back */
		model.next_socket = mcfg->next_socket_id;
		compare_all();
		if (cases[i].step.call() != 0)
			state_differ("fails when called again: %s", strerrorname_np(rte_errno));
		cases[i].step.model();
		compare_all();
	}
	if (has_failed)
		printf("# %s, %s() number %u fails: %s\n", cases[i].name, faults[fault].name, nth,
			ret == 0 ? "no matter" : strerrorname_np(error));
	do_steps(cases[i].after, RTE_DIM(cases[i].after));
	/* the first time, some of what was freed is kept */
	if (nth > 0 && (mallinfo2().uordblks != allocated || state_heap_used() != heap_used))
		state_differ("%zu bytes are allocated, and were %zu; in EAL's heap %zu, and were %zu", mallinfo2().uordblks,
			allocated, state_heap_used(), heap_used);
	allocated = mallinfo2().uordblks;
	heap_used = state_heap_used();
	return has_failed;
}

int
main(int argc, char **argv)
{
	static char buffer[BUFSIZ];
	unsigned int i, fault, nth, n, bad = 0;

	setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));
	state_start(argv[0], argc > 1 && strcmp(argv[1], "--guest") == 0);
	source_fails = fstatfs_fails;
	if (!open_log()) {
		printf("Bail out! no log\n");
		return 1;
	}
	for (i = 0; i < RTE_DIM(cases); i++) {
		do_fault(i, OPEN, 0);
		for (n = 0, fault = 0; fault < RTE_DIM(faults); fault++) {
			for (nth = 1; do_fault(i, fault, nth); nth++)
				n++;
		}
		bad += n < cases[i].least;
		printf("%sok %u - %s: %u faults, one at a time\n", n < cases[i].least ? "not " : "", i + 1,
			cases[i].name, n);
	}
	printf("1..%u\n", i);
	rte_eal_cleanup();
	nic_remove();
	return bad > 0;
}
