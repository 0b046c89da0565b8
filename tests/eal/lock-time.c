/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * How long do registering, attaching and so on hold EAL's memory hotplug lock? Loaded before librte_eal,
 * this takes the place of the functions that lock and unlock it, and prints a line when the program
 * ends. The lock is then held for as long as it is without this.
 */

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static __thread uint64_t since;
static uint64_t longest[2], total[2], times[2];
static const char *const names[] = { "reading", "writing" };

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

static void
call(const char *name)
{
	void (*f)(void) = (void (*)(void))dlsym(RTLD_NEXT, name);

	f();
}

static void
locked(const char *name)
{
	call(name);
	since = now();
}

static void
unlock(const char *name, int writing)
{
	uint64_t held = now() - since;

	call(name);
	if (held > longest[writing])
		longest[writing] = held;
	total[writing] += held;
	times[writing]++;
}

void
rte_mcfg_mem_read_lock(void)
{
	locked(__func__);
}

void
rte_mcfg_mem_write_lock(void)
{
	locked(__func__);
}

void
rte_mcfg_mem_read_unlock(void)
{
	unlock(__func__, 0);
}

void
rte_mcfg_mem_write_unlock(void)
{
	unlock(__func__, 1);
}

/* Called by the program that is measured, if it is there. */
void
lock_time_reset(const char *what)
{
	int i;

	for (i = 0; what != NULL && i < 2; i++) {
		if (times[i] != 0)
			printf("%-28s %-8s %4llu times, %12.1f us longest, %12.1f us in all\n", what,
				names[i], (unsigned long long)times[i], longest[i] / 1e3,
				total[i] / 1e3);
	}
	for (i = 0; i < 2; i++)
		longest[i] = total[i] = times[i] = 0;
}
