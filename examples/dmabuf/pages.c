/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Finds the physical pages behind a DMA heap's own mapping. /proc/self/pagemap shows none, for it
 * leaves out PFN mappings, so a kprobe on remap_pfn_range() notes the pages while the kernel maps
 * them. That is for a test bed, where nothing else tells; real importers ask the dma-buf API.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "demo.h"

#define TRACEFS "/sys/kernel/tracing"
#define INSTANCE TRACEFS "/instances/dmabuf_demo" /* leaves other tracing alone */
#define EVENT INSTANCE "/events/dmabuf_demo/map"
#define PROBE "p:dmabuf_demo/map remap_pfn_range va=$arg2:x64 pfn=$arg3:x64 len=$arg4:x64"

static int
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	int ret = -1;

	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		ret = 0;
	else
		fprintf(stderr, "dmabuf-demo: write %s to %s: %s\n", text, path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}

static void
probe_stop(void)
{
	if (access(EVENT, F_OK) == 0) {
		put(EVENT "/enable", "0");
		rmdir(INSTANCE);
		put(TRACEFS "/kprobe_events", "-:dmabuf_demo/map");
	}
	rmdir(INSTANCE);
}

static int
probe_start(void)
{
	char filter[32];

	if (access(TRACEFS "/kprobe_events", F_OK) != 0 &&
			mount("tracefs", TRACEFS, "tracefs", 0, NULL) != 0) {
		fprintf(stderr, "dmabuf-demo: mount tracefs: %s; run as root\n", strerror(errno));
		return -1;
	}
	probe_stop(); /* what one left that was killed */
	if (mkdir(INSTANCE, 0700) != 0 && errno != EEXIST) {
		fprintf(stderr, "dmabuf-demo: mkdir " INSTANCE ": %s\n", strerror(errno));
		return -1;
	}
	snprintf(filter, sizeof(filter), "common_pid == %d", getpid());
	if (put(TRACEFS "/kprobe_events", PROBE) != 0 || put(EVENT "/filter", filter) != 0 ||
			put(EVENT "/enable", "1") != 0)
		return -1;
	return 0;
}

/* Read what the probe noted: returns the number of pages found. */
static size_t
probe_read(uintptr_t start, size_t n_pages, uint64_t *pages)
{
	FILE *trace = fopen(INSTANCE "/trace", "r");
	uint64_t va, pfn, len;
	size_t n_found = 0;
	char line[512];

	if (trace == NULL)
		return 0;
	while (fgets(line, sizeof(line), trace) != NULL) {
		const char *args = strstr(line, "va=0x");

		if (args == NULL || sscanf(args, "va=%" SCNx64 " pfn=%" SCNx64 " len=%" SCNx64,
				&va, &pfn, &len) != 3)
			continue;
		for (; len >= PAGE_LEN; va += PAGE_LEN, len -= PAGE_LEN, pfn++) {
			if (va < start || (va - start) / PAGE_LEN >= n_pages)
				continue;
			pages[(va - start) / PAGE_LEN] = pfn * PAGE_LEN;
			n_found++;
		}
	}
	fclose(trace);
	return n_found;
}

/* Map part of a DMA heap's dma-buf and tell the physical address of each page. */
void *
buffer_map_physical(int fd, size_t offset, size_t n_pages, uint64_t *pages)
{
	void *va = NULL;

	if (probe_start() == 0)
		va = buffer_map(fd, offset, n_pages * PAGE_LEN);
	if (va != NULL && probe_read((uintptr_t)va, n_pages, pages) != n_pages) {
		fprintf(stderr, "dmabuf-demo: the kernel did not map each page of the DMA heap "
			"buffer with remap_pfn_range()\n");
		munmap(va, n_pages * PAGE_LEN);
		va = NULL;
	}
	probe_stop();
	return va;
}
