/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Runs the steps of tests/eal/ordinary.py in a primary process (P) and a secondary one (S), and prints
 * what each step came to, every line with the number of the step before it. A step is a line of:
 *
 *   P or S, then letters: "r" or "w": with the memory hotplug lock taken for reading or writing,
 *   "?": in a forked process, which works on a private copy of all shared memory: it may crash;
 *   then a command and its arguments.
 *
 * The commands are those of command(). "P start" and "P kill" start and kill the secondary process.
 * A write() to descriptor -1 before and after each step marks it for strace. Builds with an
 * unmodified DPDK, too.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_memzone.h>

/* what both processes map, at the same address: areas A to Z, then the slots that malloc fills */
#define AREAS ((uintptr_t)0x300000000000)
#define AREA ((size_t)2 << 20)
#define N_AREAS 26
#define AREAS_LEN ((N_AREAS + 1) * AREA)
#define SLOTS ((void **)(AREAS + N_AREAS * AREA))
#define AREAS_FD 3 /* in both processes */
#define STEPS_FD 4 /* in the secondary process, where its steps come from */
#define MAX_ARGS 16
#define SECONDARY "--proc-type=secondary"
#define TOO_LONG 60 /* seconds, for a step that hangs */
#define WAITS_LONG 200000 /* microseconds of CPU time after which a process waits for a lock */

static FILE *out; /* what a step has to say: a buffer, because it must not make system calls */
static char out_text[1 << 20];
static int left, stop; /* how many calls of a walk's callback are left, and what ends it then */
static int secondary = -1; /* in the primary process, the socket to the other */
static pid_t secondary_pid;

/* A number, "64K", "2M", an address "A", "A+4K", "$1": what slot 1 holds. "NULL" is 0. */
static uint64_t
number(const char *text)
{
	uint64_t base = 0, n;
	char *end;

	if (text[0] == '$')
		return (uintptr_t)SLOTS[atoi(text + 1)];
	if (text[0] >= 'A' && text[0] <= 'Z' && (text[1] == '\0' || text[1] == '+')) {
		base = AREAS + (text[0] - 'A') * AREA;
		text += text[1] == '\0' ? 1 : 2;
	}
	n = strtoull(text, &end, 0);
	return base + (*end == 'M' ? n << 20 : *end == 'K' ? n << 10 : n);
}

static void *
address(const char *text)
{
	return (void *)(uintptr_t)number(text);
}

static const char *
name(const char *text)
{
	return strcmp(text, "NULL") == 0 ? NULL : strcmp(text, "EMPTY") == 0 ? "" : text;
}

static int
heap_socket(const char *text)
{
	return strcmp(text, "ANY") == 0 ? SOCKET_ID_ANY : rte_malloc_heap_get_socket(text);
}

/* The addresses of n pages from the first one on. */
static rte_iova_t *
iovas(const char *first, const char *n, const char *page_sz)
{
	static rte_iova_t list[4096];
	uint64_t i;

	for (i = 0; i < number(n) && i < RTE_DIM(list); i++)
		list[i] = number(first) + i * number(page_sz);
	return number(first) == 0 ? NULL : list;
}

static void
result(int64_t ret)
{
	const char *error = strerrorname_np(rte_errno);

	fprintf(out, "%" PRIi64, ret);
	if (ret < 0)
		fprintf(out, " %s", error == NULL ? rte_strerror(rte_errno) : error);
	fprintf(out, "\n");
}

static void
result_address(const void *p)
{
	if (p == NULL)
		result(-1);
	else
		fprintf(out, "%p\n", p);
}

static int
see(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	(void)arg;
	fprintf(out, "memseg %p len %zu page %" PRIu64 " iova %#" PRIx64, ms->addr, ms->len,
			ms->hugepage_sz, ms->iova);
	fprintf(out, " socket %d flags %u list %p\n", ms->socket_id, ms->flags, msl->base_va);
	return --left == 0 ? stop : 0;
}

static int
see_contig(const struct rte_memseg_list *msl, const struct rte_memseg *ms, size_t len, void *arg)
{
	fprintf(out, "%zu bytes from\n", len);
	return see(msl, ms, arg);
}

static int
see_list(const struct rte_memseg_list *msl, void *arg)
{
	(void)arg;
	fprintf(out, "list %p len %zu page %" PRIu64 " socket %d version %u heap %u", msl->base_va,
			msl->len, msl->page_sz, msl->socket_id, msl->version, msl->heap);
	fprintf(out, " memsegs %u of %u in %s\n", msl->memseg_arr.count, msl->memseg_arr.len,
			msl->memseg_arr.name);
	return --left == 0 ? stop : 0;
}

static void
see_event(enum rte_mem_event event, const void *addr, size_t len, void *arg)
{
	(void)arg;
	if (gettid() == getpid()) /* other threads come at any time */
		fprintf(out, "%s %p %zu\n", event == RTE_MEM_EVENT_ALLOC ? "new" : "old", addr,
				len);
}

static void
see_memseg(const struct rte_memseg *ms)
{
	size_t offset;
	int fd;

	if (ms == NULL) {
		result(-1);
		return;
	}
	see(rte_mem_virt2memseg_list(ms->addr), ms, NULL);
	fd = rte_memseg_get_fd(ms);
	result(fd < 0 ? fd : 0);
	result(rte_memseg_get_fd_offset(ms, &offset));
}

static void
see_socket(int socket)
{
	struct rte_malloc_socket_stats stats;
	int ret = rte_malloc_get_socket_stats(socket, &stats);

	result(ret);
	if (ret == 0)
		fprintf(out, "total %zu free %zu greatest %zu frees %u allocs %u allocated %zu\n",
				stats.heap_totalsz_bytes, stats.heap_freesz_bytes,
				stats.greatest_free_size, stats.free_count, stats.alloc_count,
				stats.heap_allocsz_bytes);
}

static void
see_memzone(const struct rte_memzone *mz)
{
	result_address(mz == NULL ? NULL : mz->addr);
	if (mz != NULL)
		fprintf(out, "len %zu iova %#" PRIx64 " page %" PRIu64 " socket %d\n", mz->len,
				mz->iova, mz->hugepage_sz, mz->socket_id);
}

/* The file of an external memseg list. */
static const char *
file(const char *prefix, const char *va)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/fbarray_%s_%p", rte_eal_get_runtime_dir(), prefix,
			address(va));
	return path;
}

static void
telemetry(const char *question)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	static char answer[1 << 16];
	ssize_t len = -1;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/dpdk_telemetry.v2",
			rte_eal_get_runtime_dir());
	if (connect(s, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
			read(s, answer, sizeof(answer)) > 0 &&
			write(s, question, strlen(question)) > 0)
		len = read(s, answer, sizeof(answer));
	fprintf(out, "%.*s\n", (int)RTE_MAX(len, 0), answer);
	close(s);
}

#define IS(word) (strcmp(a[0], word) == 0)
#define N(i) number(a[i])
#define VA(i) address(a[i])

static void
command(char **a)
{
	const struct rte_memseg_list *msl;
	struct rlimit limit;

	rte_errno = 0;
	/* external memory */
	if (IS("register"))
		result(rte_extmem_register(VA(1), N(2), iovas(a[3], a[4], a[5]), N(4), N(5)));
	else if (IS("unregister"))
		result(rte_extmem_unregister(VA(1), N(2)));
	else if (IS("attach"))
		result(rte_extmem_attach(VA(1), N(2)));
	else if (IS("detach"))
		result(rte_extmem_detach(VA(1), N(2)));
	/* heaps of it */
	else if (IS("heap_create"))
		result(rte_malloc_heap_create(name(a[1])));
	else if (IS("heap_destroy"))
		result(rte_malloc_heap_destroy(name(a[1])));
	else if (IS("heap_socket"))
		result(rte_malloc_heap_get_socket(name(a[1])));
	else if (IS("heap_external"))
		result(rte_malloc_heap_socket_is_external(heap_socket(a[1])));
	else if (IS("heap_add"))
		result(rte_malloc_heap_memory_add(name(a[1]), VA(2), N(3),
				iovas(a[4], a[5], a[6]), N(5), N(6)));
	else if (IS("heap_remove"))
		result(rte_malloc_heap_memory_remove(name(a[1]), VA(2), N(3)));
	else if (IS("heap_attach"))
		result(rte_malloc_heap_memory_attach(name(a[1]), VA(2), N(3)));
	else if (IS("heap_detach"))
		result(rte_malloc_heap_memory_detach(name(a[1]), VA(2), N(3)));
	/* memory of heaps */
	else if (IS("malloc"))
		result_address(SLOTS[N(4)] = rte_malloc_socket(NULL, N(2), N(3),
				heap_socket(a[1])));
	else if (IS("realloc"))
		result_address(SLOTS[N(4)] = rte_realloc_socket(SLOTS[N(4)], N(2), N(3),
				heap_socket(a[1])));
	else if (IS("free"))
		rte_free(VA(1));
	else if (IS("malloc_virt2iova"))
		fprintf(out, "%#" PRIx64 "\n", rte_malloc_virt2iova(VA(1)));
	else if (IS("socket_stats"))
		see_socket(heap_socket(a[1]));
	else if (IS("memzone_reserve"))
		see_memzone(rte_memzone_reserve(a[2], N(3), heap_socket(a[1]), N(4)));
	else if (IS("memzone_free"))
		result(rte_memzone_free(rte_memzone_lookup(a[1])));
	/* look-ups */
	else if (IS("virt2list")) {
		msl = rte_mem_virt2memseg_list(VA(1));
		if (msl == NULL)
			result(-1);
		else
			see_list(msl, NULL);
	} else if (IS("virt2memseg"))
		see_memseg(rte_mem_virt2memseg(VA(1), NULL));
	else if (IS("virt2memseg_in")) /* with the list of another address */
		see_memseg(rte_mem_virt2memseg(VA(1), rte_mem_virt2memseg_list(VA(2))));
	else if (IS("virt2iova"))
		fprintf(out, "%#" PRIx64 "\n", rte_mem_virt2iova(VA(1)));
	else if (IS("iova2virt"))
		result_address(rte_mem_iova2virt(N(1)));
	else if (IS("dma_mask"))
		result(rte_mem_check_dma_mask(N(1)));
	else if (IS("physmem_size"))
		fprintf(out, "%" PRIu64 "\n", rte_eal_get_physmem_size());
	/* walks, which may end early */
	else if (IS("walk"))
		result(rte_memseg_walk(see, NULL));
	else if (IS("walk_contig"))
		result(rte_memseg_contig_walk(see_contig, NULL));
	else if (IS("walk_lists"))
		result(rte_memseg_list_walk(see_list, NULL));
	else if (IS("walk_unsafe")) {
		result(rte_memseg_walk_thread_unsafe(see, NULL));
		result(rte_memseg_contig_walk_thread_unsafe(see_contig, NULL));
		result(rte_memseg_list_walk_thread_unsafe(see_list, NULL));
	/* what people read */
	} else if (IS("dump"))
		rte_dump_physmem_layout(out);
	else if (IS("dump_stats"))
		rte_malloc_dump_stats(out, NULL);
	else if (IS("dump_heaps"))
		rte_malloc_dump_heaps(out);
	else if (IS("dump_memzones"))
		rte_memzone_dump(out);
	else if (IS("telemetry"))
		telemetry(a[1]);
	/* trouble */
	else if (IS("unlink"))
		result(unlink(file(a[1], a[2])));
	else if (IS("touch"))
		result(close(open(file(a[1], a[2]), O_RDWR | O_CREAT, 0600)));
	else if (IS("open_files")) {
		getrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur = N(1);
		result(setrlimit(RLIMIT_NOFILE, &limit));
	} else if (IS("cleanup"))
		result(rte_eal_cleanup());
	else
		fprintf(out, "there is no command %s\n", a[0]);
}

/* Make a private copy of what this process shares with others. */
static void
unshare_memory(void)
{
	char line[512], path[512], *folder = realpath(rte_eal_get_runtime_dir(), NULL);
	FILE *maps = fopen("/proc/self/maps", "r");
	int fd, prot = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_FIXED;
	unsigned long start, end, offset;

	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %511[^\n]", &start, &end, &offset,
				path) != 4 || strncmp(path, folder, strlen(folder)) != 0)
			continue;
		fd = open(path, O_RDONLY);
		if (fd >= 0)
			mmap((void *)start, end - start, prot, flags, fd, offset);
		close(fd);
	}
	mmap((void *)AREAS, AREAS_LEN, prot, flags, AREAS_FD, 0);
}

static void
mark(const char *what, int step)
{
	char text[32];

	syscall(SYS_write, -1, text, snprintf(text, sizeof(text), "%s %d", what, step));
}

static void
run_here(int step, char **a)
{
	bool marked = strcmp(a[0], "telemetry") != 0; /* which another thread answers */
	char *line;

	rewind(out);
	left = a[1] == NULL || strncmp(a[0], "walk", 4) != 0 ? 0 : atoi(a[1]);
	stop = left == 0 ? 0 : atoi(a[2]);
	alarm(TOO_LONG);
	if (marked)
		mark("begin", step);
	command(a);
	if (marked)
		mark("end", step);
	alarm(0);
	fputc('\0', out);
	fflush(out);
	for (line = strtok(out_text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		printf("%d|%s\n", step, line);
	printf("%d|.\n", step);
	fflush(stdout);
}

static void
run_apart(int step, char **a)
{
	struct itimerval limit = { .it_value.tv_usec = WAITS_LONG };
	struct rlimit no_core = { 0, 0 };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		unshare_memory();
		setitimer(ITIMER_PROF, &limit, NULL);
		run_here(step, a);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("%d|%s\n", step, WTERMSIG(status) == SIGPROF ? "waits" : "crash");
	fflush(stdout);
}

/* Run a step: its letters, a command, arguments. */
static void
run(int step, char *line)
{
	char *a[MAX_ARGS + 1] = { NULL }, *letters = strtok(line, " ");
	int n;

	for (n = 0; n < MAX_ARGS && (a[n] = strtok(NULL, " ")) != NULL; n++)
		;
	if (strchr(letters, 'r') != NULL)
		rte_mcfg_mem_read_lock();
	if (strchr(letters, 'w') != NULL)
		rte_mcfg_mem_write_lock();
	if (strchr(letters, '?') != NULL)
		run_apart(step, a);
	else
		run_here(step, a);
	if (strchr(letters, 'r') != NULL)
		rte_mcfg_mem_read_unlock();
	if (strchr(letters, 'w') != NULL)
		rte_mcfg_mem_write_unlock();
}

static void
start_secondary(char **args, int n_args)
{
	char type[] = SECONDARY;
	int pair[2];

	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	secondary_pid = fork();
	if (secondary_pid == 0) {
		alarm(TOO_LONG); /* until its first step ends */
		dup2(pair[1], STEPS_FD);
		syscall(SYS_close_range, STEPS_FD + 1, ~0U, 0);
		args[n_args] = type;
		execv("/proc/self/exe", args);
		_exit(127);
	}
	close(pair[1]);
	secondary = pair[0];
}

static void
end_secondary(void)
{
	kill(secondary_pid, SIGKILL);
	waitpid(secondary_pid, NULL, 0);
	close(secondary);
	secondary = -1;
}

/* Have the secondary process run a step, or just wait for it. */
static void
run_there(int step, const char *line)
{
	char message[256];

	snprintf(message, sizeof(message), "%d %s", step, line);
	if (send(secondary, message, strlen(message) + 1, MSG_NOSIGNAL) < 0 ||
			recv(secondary, message, sizeof(message), 0) <= 0)
		printf("%d|gone\n", step);
	fflush(stdout);
}

static void
be_secondary(void)
{
	char message[256], *line;
	int step;

	while (recv(STEPS_FD, message, sizeof(message), 0) > 0) {
		step = strtol(message, &line, 10);
		run(step, line);
		send(STEPS_FD, "", 1, MSG_NOSIGNAL);
	}
}

static void
be_primary(FILE *steps, char **args, int n_args)
{
	char line[256];
	int step;

	for (step = 1; fgets(line, sizeof(line), steps) != NULL; step++) {
		line[strcspn(line, "#\n")] = '\0';
		if (strcmp(line, "P start") == 0)
			start_secondary(args, n_args);
		else if (strcmp(line, "P kill") == 0)
			end_secondary();
		else if (line[0] == 'P')
			run(step, line);
		else if (line[0] == 'S')
			run_there(step, line);
	}
}

/* usage: STEPS=<file> ordinary <arguments of EAL> */
int
main(int argc, char **argv)
{
	bool first = strcmp(argv[argc - 1], SECONDARY) != 0;
	FILE *steps = NULL;
	char *args[MAX_ARGS + 1] = { NULL };

	memcpy(args, argv, RTE_MIN(argc, MAX_ARGS) * sizeof(args[0])); /* EAL changes them */
	out = fmemopen(out_text, sizeof(out_text), "w");
	if (first && (dup2(memfd_create("areas", 0), AREAS_FD) < 0 ||
			ftruncate(AREAS_FD, AREAS_LEN) < 0 ||
			(steps = fopen(getenv("STEPS"), "re")) == NULL))
		return 1;
	if (out == NULL || mmap((void *)AREAS, AREAS_LEN, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED_NOREPLACE, AREAS_FD, 0) == MAP_FAILED)
		return 1;
	if (rte_eal_init(argc, argv) < 0 ||
			rte_mem_event_callback_register("see", see_event, NULL) < 0)
		return 1;
	if (first)
		be_primary(steps, args, argc);
	else
		be_secondary();
	return 0;
}
