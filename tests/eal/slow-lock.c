/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * To preload: locking a file takes long, so that what another process does meanwhile, which otherwise
 * hits the moment once in thousands of times, hits it every few times.
 */

#include <dlfcn.h>
#include <sys/file.h>
#include <unistd.h>

int
flock(int fd, int operation)
{
	static int (*real)(int, int);
	int ret;

	if (!real)
		real = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
	usleep(2000);
	ret = real(fd, operation);
	usleep(1000);
	return ret;
}
