/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_string_fns.h>

#include "eal_dmabuf_fd.h"

/* the kernel makes room for all descriptors up to the highest, so a high number has a price */
#define FD_BASE_MAX 4096

/* DMA_BUF_MAGIC in include/uapi/linux/magic.h, since Linux 5.3 */
#define DMABUF_FS_MAGIC 0x444d4142

int
eal_dmabuf_fd_base(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return FD_BASE_MAX;
	return RTE_MIN(limit.rlim_cur / 2, (rlim_t)FD_BASE_MAX);
}

int
eal_dmabuf_fd_dup(int fd)
{
	int dup = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (dup < 0)
		rte_errno = errno;
	return dup;
}

int
eal_dmabuf_fd_dup_as(int fd, int number)
{
	/* dup3() would close what another thread has just opened as that number */
	int dup = fcntl(fd, F_DUPFD_CLOEXEC, number);

	if (dup == number)
		return dup;
	/* fcntl(2), EINVAL: the number is beyond RLIMIT_NOFILE */
	rte_errno = dup >= 0 ? EBUSY : errno == EINVAL ? EMFILE : errno;
	eal_dmabuf_fd_close(dup);
	return -1;
}

int
eal_dmabuf_fd_identify(int fd, struct eal_dmabuf_id *id)
{
	struct statfs fs;
	struct stat st;
	off_t size;

	/*
	 * dma_buf_llseek() in drivers/dma-buf/dma-buf.c tells the
	 * size; st_size is 0 in some kernels
	 */
	if (fstatfs(fd, &fs) == 0 && fs.f_type == DMABUF_FS_MAGIC && fstat(fd, &st) == 0) {
		size = lseek(fd, 0, SEEK_END);
		if (size >= 0) {
			id->inode = st.st_ino;
			id->size = size;
			return 0;
		}
	}
	rte_errno = EINVAL;
	return -1;
}

bool
eal_dmabuf_fd_is_of(int fd, const struct eal_dmabuf_id *id)
{
	struct eal_dmabuf_id other;

	return eal_dmabuf_fd_identify(fd, &other) == 0 && other.inode == id->inode &&
		other.size == id->size;
}

void
eal_dmabuf_fd_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
eal_dmabuf_fd_exporter(int fd, char name[RTE_EXTMEM_DMABUF_EXPORTER_LEN])
{
	char path[64], line[256];
	FILE *f;

	strlcpy(name, "unknown", RTE_EXTMEM_DMABUF_EXPORTER_LEN);

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
