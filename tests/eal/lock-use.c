/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* Registers and unregisters external memory, for tests/eal/lock-time.sh. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/udmabuf.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memory.h>

#define PAGE ((size_t)4096)

void lock_time_reset(const char *what) __attribute__((weak));

static void
report(const char *what, size_t pages)
{
	char line[64];

	snprintf(line, sizeof(line), "%s %zu pages", what, pages);
	lock_time_reset(line);
}

#ifdef RTE_HAS_EXTMEM_DMABUF
/* The first pages of a small udmabuf would do, but a list is of one dma-buf as long as itself. */
static int
make_dmabuf(size_t len)
{
	struct udmabuf_create request = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = len };
	int memfd = memfd_create("lock-use", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	int dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), fd;

	if (memfd < 0 || ftruncate(memfd, len) < 0 || fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		return -1;
	request.memfd = memfd;
	fd = ioctl(dev, UDMABUF_CREATE, &request);
	close(memfd);
	close(dev);
	return fd;
}
#endif

static int
measure(size_t pages)
{
	void *va = mmap(NULL, pages * PAGE, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int ret;

	lock_time_reset(NULL);
	ret = rte_extmem_register(va, pages * PAGE, NULL, 0, PAGE);
	report("rte_extmem_register", pages);
	ret |= rte_extmem_unregister(va, pages * PAGE);
	report("rte_extmem_unregister", pages);
#ifdef RTE_HAS_EXTMEM_DMABUF
	int fd = make_dmabuf(pages * PAGE);

	if (fd < 0) {
		printf("no udmabuf of %zu pages: see /sys/module/udmabuf/parameters/size_limit_mb\n",
			pages);
		return ret;
	}
	lock_time_reset(NULL);
	ret |= rte_extmem_register_dmabuf(va, pages * PAGE, fd, 0, NULL, 0, PAGE);
	report("  ..._register_dmabuf", pages);
	ret |= rte_extmem_unregister(va, pages * PAGE);
	report("  ..._unregister", pages);
	close(fd);
#endif
	munmap(va, pages * PAGE);
	return ret;
}

int
main(int argc, char **argv)
{
	if (lock_time_reset == NULL || rte_eal_init(argc, argv) < 0 || measure(16) < 0 ||
			measure(4096) < 0 || measure(16384) < 0) {
		fprintf(stderr, "lock-use: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	/* the lists go with the process */
	_exit(fflush(stdout));
}
