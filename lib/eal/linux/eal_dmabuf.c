/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_string_fns.h>

#include "eal_dmabuf.h"
#include "eal_private.h"

#ifndef EAL_LOG /* DPDK before 24.03 */
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\n", ## __VA_ARGS__)
#endif

/* the kernel makes room for all descriptors up to the highest, so there is a price to height */
#define FD_FLOOR_MAX 4096

static int
fd_floor(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return 0;
	return RTE_MIN(lim.rlim_cur / 2, (rlim_t)FD_FLOOR_MAX);
}

/* dma_buf_ioctl() in drivers/dma-buf/dma-buf.c: it alone knows the request and dislikes the flags */
static int
is_dmabuf(int fd)
{
	struct dma_buf_sync sync = { .flags = ~DMA_BUF_SYNC_VALID_FLAGS_MASK };

	return ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) < 0 && errno == EINVAL;
}

int
eal_dmabuf_open(int fd, uint64_t *size)
{
	off_t end;
	int dup_fd;

	dup_fd = fcntl(fd, F_DUPFD_CLOEXEC, fd_floor());
	if (dup_fd < 0 && errno == EMFILE) /* a low number is better than none */
		dup_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (dup_fd < 0 && errno == EBADF) {
		EAL_LOG(ERR, "Descriptor %d is not open; pass an open descriptor of a dma-buf", fd);
		rte_errno = EBADF;
		return -1;
	}
	if (dup_fd < 0) {
		EAL_LOG(ERR, "No descriptor is free for a duplicate of dma-buf descriptor %d; close some or raise RLIMIT_NOFILE",
			fd);
		rte_errno = EMFILE;
		return -1;
	}

	if (!is_dmabuf(dup_fd)) {
		EAL_LOG(ERR, "Descriptor %d is not a dma-buf; register other memory with rte_extmem_register()",
			fd);
		goto einval;
	}
	end = lseek(dup_fd, 0, SEEK_END);
	if (end < 0) {
		EAL_LOG(ERR, "Cannot get the size of the dma-buf of descriptor %d: %s", fd,
			strerror(errno));
		goto einval;
	}

	*size = end;
	return dup_fd;

einval:
	close(dup_fd);
	rte_errno = EINVAL;
	return -1;
}

int
eal_dmabuf_move_up(int fd)
{
	int up = fcntl(fd, F_DUPFD_CLOEXEC, fd + 1);

	if (up < 0) /* as above */
		up = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	close(fd);
	if (up < 0) {
		EAL_LOG(ERR, "No descriptor is free for a dma-buf that has not the number of another; close some or raise RLIMIT_NOFILE");
		rte_errno = EMFILE;
	}
	return up;
}

int
eal_dmabuf_dup(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		rte_errno = EMFILE;
	return copy;
}

int
eal_dmabuf_reserve(int number)
{
	int fd, reserved, err;

	fd = eventfd(0, EFD_CLOEXEC);
	if (fd < 0) {
		rte_errno = EMFILE;
		return -1;
	}
	if (fd == number)
		return 0;
	reserved = fcntl(fd, F_DUPFD_CLOEXEC, number);
	err = errno;
	close(fd);
	if (reserved == number)
		return 0;
	if (reserved >= 0)
		close(reserved);
	/* EINVAL: the number is beyond the limit; EMFILE: all numbers from this one on are in use */
	rte_errno = reserved < 0 && err == EINVAL ? EMFILE : EBUSY;
	return -1;
}

int
eal_dmabuf_place(int fd, int number)
{
	int ret = -1;

	if (!is_dmabuf(fd))
		rte_errno = EPROTO;
	else if (dup3(fd, number, O_CLOEXEC) < 0)
		rte_errno = errno;
	else
		ret = 0;
	close(fd);
	return ret;
}

void
eal_dmabuf_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
eal_dmabuf_exporter(int fd, char name[EAL_DMABUF_EXPORTER_LEN])
{
	char path[64], line[256];
	FILE *f;

	strlcpy(name, "unknown", EAL_DMABUF_EXPORTER_LEN);

	/* dma_buf_show_fdinfo() in drivers/dma-buf/dma-buf.c */
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "exp_name: %63s", name) == 1)
			break;
	}
	fclose(f);
}
