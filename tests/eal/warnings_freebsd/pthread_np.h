/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 *
 * What EAL uses of FreeBSD's C library and Linux's has not, to compile against the latter.
 */

#include <pthread.h>
#include <sched.h>

typedef cpu_set_t cpuset_t;

extern int optreset;

const char *
getprogname(void);

int
pthread_setaffinity_np(pthread_t thread, size_t size, const cpuset_t *set);
