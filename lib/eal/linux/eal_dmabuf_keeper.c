/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <pthread.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "eal_private.h"
#include "eal_dmabuf_fd.h"
#include "eal_dmabuf_keeper.h"
#include "eal_memcfg.h"

/* What is kept, by list number; registration is 0 for nothing. */
static struct {
	uint64_t registration;
	int fd;
} kept[RTE_MAX_MEMSEG_LISTS];

/* For kept and its descriptors only: nothing that may wait is done with it. */
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

void
eal_dmabuf_keeper_drop(void)
{
	int fds[RTE_MAX_MEMSEG_LISTS];
	unsigned int i, n = 0;

	pthread_mutex_lock(&kept_lock);
	for (i = 0; i < RTE_DIM(kept); i++) {
		if (kept[i].registration == 0 ||
				kept[i].registration == eal_extmem_registration(i))
			continue;
		kept[i].registration = 0;
		fds[n++] = kept[i].fd;
	}
	pthread_mutex_unlock(&kept_lock);

	while (n > 0)
		eal_dmabuf_fd_close(fds[--n]);
}

int
eal_dmabuf_keeper_keep(unsigned int msl_idx, uint64_t registration, int fd)
{
	const struct eal_extmem_record *record =
			&rte_eal_get_configuration()->mem_config->extmem.record[msl_idx];
	int dup = -1, old = -1;

	eal_dmabuf_keeper_drop();
	pthread_mutex_lock(&kept_lock);
	if (registration == 0 || eal_extmem_registration(msl_idx) != registration) {
		rte_errno = ENOENT;
	} else if (!eal_dmabuf_fd_is_of(fd, &record->id)) {
		rte_errno = EPROTO;
	} else {
		dup = eal_dmabuf_fd_dup(fd);
		if (dup >= 0) {
			old = kept[msl_idx].registration != 0 ? kept[msl_idx].fd : -1;
			kept[msl_idx].registration = registration;
			kept[msl_idx].fd = dup;
		}
	}
	pthread_mutex_unlock(&kept_lock);

	eal_dmabuf_fd_close(old);
	return dup < 0 ? -1 : 0;
}

int
eal_dmabuf_keeper_give(unsigned int msl_idx, uint64_t registration)
{
	int fd = -1;

	eal_dmabuf_keeper_drop();
	pthread_mutex_lock(&kept_lock);
	if (registration == 0 || kept[msl_idx].registration != registration)
		rte_errno = ENOENT;
	else
		fd = eal_dmabuf_fd_dup(kept[msl_idx].fd);
	pthread_mutex_unlock(&kept_lock);
	return fd;
}

void
eal_dmabuf_keeper_cleanup(void)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(kept); i++) {
		if (kept[i].registration != 0)
			eal_dmabuf_fd_close(kept[i].fd);
		kept[i].registration = 0;
	}
}
