/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Other processes, and the end of this one: a secondary process finds a dma-buf's list but has no
 * descriptor of it, a program that is executed inherits none, and rte_eal_cleanup() closes all.
 */

#include "extmem_dmabuf_util.h"

#ifndef RTE_EXEC_ENV_LINUX

static int
test_extmem_dmabuf_process(void)
{
	printf("dma-bufs are Linux's, skipping test\n");
	return TEST_SKIPPED;
}

#else

#include <errno.h>
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_eal_memconfig.h>

#include "extmem_dmabuf_peer.h"

#define COMMAND "extmem_dmabuf_process_autotest"
/* tells a secondary process where to look: "address length offset" */
#define LIST_ENV "EXTMEM_DMABUF_LIST"
#define N_PAGES 16

/* ---- rte_eal_cleanup() ---- */

/* the dma-buf that is still registered when the process ends */
static struct stat leftover;

/* Runs when main() has returned, and so after rte_eal_cleanup(). */
static void
check_after_cleanup(void)
{
	struct dirent *entry;
	struct stat sb;
	bool leaked = false;
	DIR *dir;

	dir = opendir("/proc/self/fd");
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || fstat(atoi(entry->d_name), &sb) != 0)
			continue;
		leaked |= sb.st_dev == leftover.st_dev && sb.st_ino == leftover.st_ino;
	}
	closedir(dir);
	if (leaked) {
		printf("FAILED: rte_eal_cleanup() left the descriptor of a dma-buf open\n");
		fflush(stdout);
		_exit(1);
	}
	printf("rte_eal_cleanup() closed the descriptor of the dma-buf\n");
}

/* Registers for good, so nothing here is tracked by the case. */
static int
leave_one_registered(void)
{
	static bool done;
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(len);

	if (done) /* once is enough for a process */
		return TEST_SUCCESS;
	TEST_ASSERT(va != NULL && fd >= 0 && fstat(fd, &leftover) == 0, "no memory");
	TEST_ASSERT(rte_extmem_register_dmabuf(va, len, fd, 0, NULL, 0, pg) == 0, "%d", rte_errno);
	TEST_ASSERT(atexit(check_after_cleanup) == 0, "no exit handler");
	done = true;
	return TEST_SUCCESS;
}

/* ---- other processes ---- */

static int
run(const char *path, char *const argv[], char *const envp[])
{
	int status;
	pid_t pid;

	fflush(stdout);
	if (posix_spawn(&pid, path, NULL, NULL, argv, envp) != 0)
		return -1;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* The shell looks for descriptors that are open on a dma-buf. */
static int
executed_program_inherits_nothing(void)
{
	static const char script[] = "! ls -l /proc/self/fd | grep dmabuf";
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char shell[] = "/bin/sh", option[] = "-c", command[sizeof(script)];
	char *const argv[] = { shell, option, command, NULL };
	char *va = dbt_reserve(len, pg);
	int fd = dbt_create_any(len), copy;

	memcpy(command, script, sizeof(script));
	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(run(shell, argv, environ) == 0, "EAL's descriptor was inherited");
	/* does it look in the right place? */
	copy = dbt_track_fd(dup(fd));
	TEST_ASSERT(copy >= 0 && run(shell, argv, environ) != 0, "a plain copy was not seen");
	return TEST_SUCCESS;
}

/* This program again, as a secondary process that runs this test. */
static int
run_secondary(void *va, size_t len, uint64_t offset)
{
	char path[PATH_MAX], prefix[PATH_MAX], list[128];
	char type[] = "--proc-type=secondary", cores[] = "-l", core[16], test[] = COMMAND;
	char *const argv[] = { path, cores, core, type, prefix, NULL };
	const char *dir = rte_eal_get_runtime_dir();
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	int ret;

	TEST_ASSERT(n > 0, "no /proc/self/exe");
	path[n] = '\0';
	snprintf(core, sizeof(core), "%u", rte_get_main_lcore());
	snprintf(prefix, sizeof(prefix), "--file-prefix=%s", strrchr(dir, '/') + 1);
	snprintf(list, sizeof(list), "%" PRIuPTR " %zu %" PRIu64, (uintptr_t)va, len, offset);
	TEST_ASSERT(setenv(LIST_ENV, list, 1) == 0 && setenv("DPDK_TEST", test, 1) == 0,
		"no environment");
	ret = run(path, argv, environ);
	unsetenv(LIST_ENV);
	return ret;
}

static int
secondary_finds_the_list(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *va;
	int fd;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	va = dbt_reserve(len, pg);
	fd = dbt_create_any(2 * len);
	TEST_ASSERT(va != NULL && fd >= 0, "no memory");
	TEST_ASSERT(dbt_register(va, len, fd, 0, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(run_secondary(va, len, 0) == 0, "offset 0: see above");
	TEST_ASSERT(dbt_unregister(va, len) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(dbt_register(va, len, fd, pg, NULL, 0, pg) == 0, "rte_errno %d", rte_errno);
	TEST_ASSERT(run_secondary(va, len, pg) == 0, "another offset: see above");
	return dbt_check_list(va, len, fd, pg, NULL, pg);
}

static int
is_list(const struct rte_memseg_list *msl, void *va)
{
	return rte_memseg_list_get_va(msl) == va;
}

/* In the secondary process, which has not attached the list: its memsegs are not mapped here. */
static int
look_at_list_of_primary(const char *list)
{
	const struct rte_memseg_list *msl;
	uint64_t offset = 0, got = 1;
	uintptr_t addr = 0;
	size_t len = 0;
	char *va;

	TEST_ASSERT(sscanf(list, "%" SCNuPTR " %zu %" SCNu64, &addr, &len, &offset) == 3,
		LIST_ENV "=%s is wrong", list);
	va = (void *)addr;
	msl = rte_mem_virt2memseg_list(va);
	TEST_ASSERT(msl != NULL, "no list at %p", va);
	TEST_ASSERT(rte_mem_virt2memseg_list(va + len - 1) == msl, "not the whole list");
	TEST_ASSERT(rte_mem_virt2memseg_list(va + len) != msl, "found past its end");
	TEST_ASSERT(rte_mem_virt2memseg_list(va - 1) != msl, "found below its VA");
	TEST_ASSERT(rte_memseg_list_get_va(msl) == va, "VA %p", rte_memseg_list_get_va(msl));
	TEST_ASSERT(msl->properties == (RTE_MEMSEG_LIST_EXTERNAL | RTE_MEMSEG_LIST_DMABUF),
		"properties 0x%x", msl->properties);
	TEST_ASSERT(rte_memseg_list_get_socket_id(msl) >= 256, "socket %d",
		rte_memseg_list_get_socket_id(msl));
	TEST_ASSERT(rte_memseg_list_walk(is_list, va) == 0, "a walk visits it");
	TEST_ASSERT(rte_memseg_list_get_dmabuf_offset(msl, &got) == 0 && got == offset,
		"offset 0x%" PRIx64, got);
	rte_errno = 0;
	TEST_ASSERT(rte_memseg_list_get_dmabuf_fd(msl) == -1 && rte_errno == EINVAL,
		"a descriptor, though none is this process's; rte_errno %d", rte_errno);
	return TEST_SUCCESS;
}

static struct unit_test_suite extmem_dmabuf_process_suite = {
	.suite_name = "extmem dma-buf and processes",
	.unit_test_cases = {
		DBT_CASE(executed_program_inherits_nothing, DBT_NEEDS_DMABUF),
		DBT_CASE(secondary_finds_the_list, DBT_NEEDS_DMABUF),
		DBT_CASE(leave_one_registered, DBT_NEEDS_DMABUF | DBT_LEAVES_LIST),
		TEST_CASES_END()
	}
};

static int
test_extmem_dmabuf_process(void)
{
	const char *list = getenv(LIST_ENV);

	if (list != NULL && rte_eal_process_type() == RTE_PROC_SECONDARY)
		return look_at_list_of_primary(list);
	return unit_test_suite_runner(&extmem_dmabuf_process_suite);
}

#endif /* RTE_EXEC_ENV_LINUX */

REGISTER_FAST_TEST(extmem_dmabuf_process_autotest, NOHUGE_OK, ASAN_OK, test_extmem_dmabuf_process);
