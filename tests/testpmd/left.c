/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* Preloaded into testpmd: tells what its end leaves to EAL's, which comes last. */

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_memory.h>

static int
count_list(const struct rte_memseg_list *msl, void *arg)
{
	*(unsigned int *)arg += (msl->properties & RTE_MEMSEG_LIST_DMABUF) != 0;
	return 0;
}

static unsigned int
count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	unsigned int n = 0;
	char target[64];
	ssize_t len;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		len = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		n += strncmp(target, "/dmabuf:", 8) == 0 || strncmp(target, "/memfd:testpmd", 14) == 0;
	}
	closedir(folder);
	return n;
}

int
rte_eal_cleanup(void)
{
	int (*cleanup)(void) = dlsym(RTLD_NEXT, "rte_eal_cleanup");
	unsigned int lists = 0;

	rte_memseg_list_walk(count_list, &lists);
	printf("left: %u lists, %u descriptors\n", lists, count_descriptors());
	fflush(stdout);
	return cleanup();
}
