/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * What happens in a secondary process that has not attached external memory of the primary one: a
 * line for each thing it tries, in a process of its own. Builds with an unmodified DPDK, too.
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_memzone.h>

#define LEN ((size_t)1 << 20)

static char *va;
static uint64_t sum; /* of what was read, so that it is read */

static int
see(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	(void)msl;
	(void)arg;
	sum += ms->iova;
	return 0;
}

static int
see_contig(const struct rte_memseg_list *msl, const struct rte_memseg *ms, size_t len, void *arg)
{
	sum += len;
	return see(msl, ms, arg);
}

static int
see_list(const struct rte_memseg_list *msl, void *arg)
{
	const struct rte_memseg *ms = rte_fbarray_get(&msl->memseg_arr, 0);

	return see(msl, ms, arg);
}

static void
find_list(void)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(va);

	sum += msl == NULL ? 0 : msl->len;
}

static void
find_memseg(void)
{
	const struct rte_memseg *ms = rte_mem_virt2memseg(va, NULL);

	sum += ms == NULL ? 0 : ms->len;
}

static void
walk(void)
{
	rte_memseg_walk(see, NULL);
}

static void
walk_contig(void)
{
	rte_memseg_contig_walk(see_contig, NULL);
}

static void
walk_lists(void)
{
	rte_memseg_list_walk(see_list, NULL);
}

static void
find_iova(void)
{
	sum += (uintptr_t)rte_mem_iova2virt(1);
}

static void
check_dma_mask(void)
{
	rte_mem_check_dma_mask(63);
}

static void
dump(void)
{
	FILE *f = fopen("/dev/null", "w");

	rte_dump_physmem_layout(f);
	fclose(f);
}

static void
physmem_size(void)
{
	sum += rte_eal_get_physmem_size();
}

static void
segment_fd(void)
{
	struct rte_memseg ms = { .addr = va };

	rte_memseg_get_fd(&ms);
}

static void
detach(void)
{
	rte_extmem_detach(va, LEN);
}

static const struct {
	const char *name;
	void (*run)(void);
} trials[] = {
	{ "rte_mem_virt2memseg_list", find_list },
	{ "rte_mem_virt2memseg", find_memseg },
	{ "rte_memseg_walk", walk },
	{ "rte_memseg_contig_walk", walk_contig },
	{ "rte_memseg_list_walk", walk_lists },
	{ "rte_mem_iova2virt", find_iova },
	{ "rte_mem_check_dma_mask", check_dma_mask },
	{ "rte_dump_physmem_layout", dump },
	{ "rte_eal_get_physmem_size", physmem_size },
	{ "rte_memseg_get_fd", segment_fd },
	{ "rte_extmem_detach", detach },
};

#define N_TRIALS (sizeof(trials) / sizeof(trials[0]))
#define DEADLINE 20 /* seconds, for a trial that hangs */

/* This program as a secondary process. */
static void
run_secondary(const char *name)
{
	const char *prefix = strrchr(rte_eal_get_runtime_dir(), '/') + 1;
	char path[] = "/proc/self/exe", program[] = "unattached", type[] = "--proc-type=secondary";
	char prefix_arg[128], cores[] = "-l0", no_pci[] = "--no-pci", addr[32];
	char *argv[] = { program, type, prefix_arg, cores, no_pci, NULL };
	struct rlimit no_core = { 0, 0 };

	snprintf(prefix_arg, sizeof(prefix_arg), "--file-prefix=%s", prefix);
	snprintf(addr, sizeof(addr), "%" PRIuPTR, (uintptr_t)va);
	setenv("TRIAL", name, 1);
	setenv("TRIAL_VA", addr, 1);
	setrlimit(RLIMIT_CORE, &no_core);
	syscall(SYS_close_range, 3, ~0U, 0);
	alarm(DEADLINE);
	execv(path, argv);
	_exit(127);
}

static int
secondary(const char *name)
{
	unsigned int i;

	va = (char *)(uintptr_t)strtoull(getenv("TRIAL_VA"), NULL, 10);
	for (i = 0; i < N_TRIALS; i++) {
		if (strcmp(trials[i].name, name) == 0)
			trials[i].run();
	}
	return rte_eal_cleanup() == 0 ? 0 : 1;
}

static int
make_memory(void)
{
	char *heap = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	va = mmap(NULL, LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (va == MAP_FAILED || heap == MAP_FAILED)
		return -1;
	if (rte_extmem_register(va, LEN, NULL, 0, 4096) < 0 ||
			rte_malloc_heap_create("heap") < 0)
		return -1;
	return rte_malloc_heap_memory_add("heap", heap, LEN, NULL, 0, 4096);
}

/* A crash may leave the memory locked for all, so each trial has a primary process of its own. */
static void
primary(const char *name)
{
	char program[] = "unattached", prefix[128], cores[] = "-l0", no_pci[] = "--no-pci";
	char *argv[] = { program, prefix, cores, no_pci, NULL };
	int status;
	pid_t pid;

	snprintf(prefix, sizeof(prefix), "--file-prefix=unattached%d", getpid());
	if (rte_eal_init(4, argv) < 0 || make_memory() < 0) {
		fprintf(stderr, "no external memory: %s\n", rte_strerror(rte_errno));
		_exit(1);
	}
	pid = fork();
	if (pid == 0)
		run_secondary(name);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		_exit(1);
	if (!WIFSIGNALED(status))
		printf("%s %s\n", name, WEXITSTATUS(status) == 0 ? "ends" : "fails");
	else if (WTERMSIG(status) == SIGALRM)
		printf("%s hangs\n", name);
	else
		printf("%s %s\n", name, strsignal(WTERMSIG(status)));
	fflush(stdout);
	_exit(0);
}

int
main(int argc, char **argv)
{
	const char *name = getenv("TRIAL");
	unsigned int i;
	int status;
	pid_t pid;

	if (name != NULL)
		return rte_eal_init(argc, argv) < 0 ? 1 : secondary(name);
	for (i = 0; i < N_TRIALS; i++) {
		pid = fork();
		if (pid == 0)
			primary(trials[i].name);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
			return 1;
	}
	return 0;
}
