/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "bed_mlx5.h"
#include "cases.h"

#define MIB ((size_t)1 << 20)

static unsigned int
calls(void)
{
	return model_calls.reg_mr + model_calls.reg_dmabuf_mr;
}

/* mlx5's registration, with its errno and what it logs, which the caller frees. */
static int
try_reg_mr(unsigned int device, void *addr, size_t len, int *error, char **log)
{
	struct mlx5_pmd_mr mr = { 0 };
	int ret;

	bed_log_start();
	errno = 0;
	ret = bed_reg_mr(bed_pd(device), addr, len, &mr);
	*error = errno;
	*log = bed_log_end();
	if (ret == 0)
		bed_dereg_mr(&mr);
	return ret;
}

static bool
refused(void *addr, size_t len, const char *what)
{
	unsigned int before = calls();
	int ret, error;
	char *log;

	ret = try_reg_mr(BED_PLAIN, addr, len, &error, &log);
	EXPECT(ret < 0, "%s: registered", what);
	EXPECT(error == EINVAL, "%s: errno %d", what, error);
	EXPECT(calls() == before, "%s: the kernel was asked", what);
	EXPECT(bed_count(log, "cannot register") == 1 &&
		bed_count(log, model_device_name(BED_PLAIN)) == 1, "%s: the log is: %s", what, log);
	free(log);
	if (len == 0) /* goes no further than EAL */
		return true;

	rte_errno = 0;
	bed_log_start();
	ret = rte_dev_dma_map(bed_rte_device(BED_PLAIN), addr, RTE_BAD_IOVA, len);
	free(bed_log_end());
	EXPECT(ret < 0 && rte_errno == EINVAL, "%s: rte_dev_dma_map returned %d, %d", what, ret,
		rte_errno);
	EXPECT(calls() == before && model_calls.live == 0, "%s: the kernel was asked", what);
	return true;
}

bool
case_outside(void)
{
	struct bed_list first, second;
	char *base;
	bool ok;

	/* ordinary memory, a dma-buf, another, memory that is in no list */
	base = mmap(NULL, 5 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(base != MAP_FAILED, "no addresses");
	EXPECT(rte_extmem_register(base, MIB, NULL, 0, 4096) == 0, "no ordinary list");
	bed_list_make(&first, MIB, 4096, 5 * 4096, true, base + MIB);
	bed_list_make(&second, MIB, 4096, 0, true, base + 2 * MIB);

	ok = refused(first.va + 4096, MIB, "from one dma-buf to another") &&
		refused(second.va, MIB + 1, "from a dma-buf to no list") &&
		refused(base, MIB + 1, "from ordinary memory to a dma-buf") &&
		refused(base, 3 * MIB, "all of ordinary memory and two dma-bufs") &&
		refused(base, 5 * MIB, "around both dma-bufs") &&
		refused(first.va, SIZE_MAX, "beyond the last address") &&
		refused(first.va, 0, "nothing");
	rte_extmem_unregister(base, MIB);
	ok = ok && refused(base + MIB - 4096, 8192, "from no list to a dma-buf") &&
		refused(base, 4 * MIB, "from no list to no list");

	bed_list_free(&first);
	bed_list_free(&second);
	munmap(base, 5 * MIB);
	return ok;
}

/* What the log says of a refusal besides its place. */
static const struct {
	int error;
	const char *words;
} refusals[] = {
	{ EOPNOTSUPP, "Operation not supported (95); use a later kernel" },
	{ 524, "Operation is not supported (524); use a later kernel" },
	{ ENOSYS, "use a later kernel" },
	{ EPROTONOSUPPORT, "use a later kernel" },
	{ ENOTTY, "use a later kernel" },
	{ ENOMEM, "Cannot allocate memory (12); the exporter may have no way" },
	{ EINVAL, "Invalid argument (22); see dmesg" },
	{ EBADF, "Bad file descriptor (9); see dmesg" },
	{ EACCES, "Permission denied (13); see dmesg" },
	{ EFAULT, "see dmesg" },
	{ EIO, "see dmesg" },
	{ ENODEV, "see dmesg" },
};

/* A dma-buf is refused with its reason, and its addresses are never registered instead. */
bool
case_refused(void)
{
	char place[128];
	unsigned int i, before, size;
	struct bed_list list;
	int error, ret;
	char *log;

	bed_list_make_pinnable(&list, MIB, 4096, 2 * 4096);
	size = bed_devices[BED_PLAIN].cdev->mr_scache.cache.len;
	before = model_calls.reg_mr;
	for (i = 0; i < RTE_DIM(refusals); i++) {
		model_answers.reg_dmabuf_mr = refusals[i].error;
		ret = try_reg_mr(BED_PLAIN, list.va + 4096, 8192, &error, &log);
		EXPECT(ret < 0 && error == refusals[i].error, "errno %d, not %d", error,
			refusals[i].error);
		snprintf(place, sizeof(place),
			"%s: cannot register 8192 bytes at %p: dma-buf fd %d of exporter udmabuf, offset %#x: ",
			model_device_name(BED_PLAIN), list.va + 4096, model_calls.fd, 3 * 4096);
		EXPECT(bed_count(log, "\n") == 1 && bed_count(log, place) == 1 &&
			bed_count(log, refusals[i].words) == 1 &&
			bed_count(log, "rte_extmem_register()") == 1, "the log is: %s", log);
		free(log);

		bed_log_start();
		rte_errno = 0;
		ret = rte_dev_dma_map(bed_rte_device(BED_PLAIN), list.va, RTE_BAD_IOVA, list.len);
		error = rte_errno;
		EXPECT(bed_lkey(BED_PLAIN, list.va) == UINT32_MAX, "error %d: a key",
			refusals[i].error);
		free(bed_log_end());
		EXPECT(ret < 0 && error == refusals[i].error, "rte_dev_dma_map: %d, rte_errno %d",
			ret, error);
		EXPECT(model_calls.reg_mr == before, "the addresses were registered");
		EXPECT(bed_devices[BED_PLAIN].cdev->mr_scache.cache.len == size,
			"the cache has an entry");
	}
	model_answers.reg_dmabuf_mr = 0;

	/* nothing of it is remembered */
	EXPECT(bed_lkey(BED_PLAIN, list.va) != UINT32_MAX, "no key afterwards");
	EXPECT(rte_dev_dma_unmap(bed_rte_device(BED_PLAIN), list.va, RTE_BAD_IOVA, 1) == 0,
		"not unmapped");
	bed_list_free(&list);
	return true;
}

/* Refusals of a burst of packets do not fill the log, and none is lost among others. */
bool
case_refused_burst(void)
{
	struct bed_list lists[2];
	unsigned int i;
	char *log;

	bed_list_make(&lists[0], MIB, 4096, 0, false, NULL);
	bed_list_make(&lists[1], MIB, 4096, 0, false, NULL);
	model_answers.reg_dmabuf_mr = EOPNOTSUPP;
	bed_log_start();
	for (i = 0; i < 1000; i++)
		EXPECT(bed_lkey(BED_PLAIN, lists[0].va + i) == UINT32_MAX, "a key");
	log = bed_log_end();
	/* one a second, of which this is a part */
	EXPECT(bed_count(log, "cannot register") >= 1 && bed_count(log, "cannot register") < 100,
		"%u lines", bed_count(log, "cannot register"));
	free(log);
	bed_log_start();
	for (i = 0; i < 2; i++)
		bed_lkey(BED_PLAIN, lists[1 - i].va);
	bed_lkey(BED_NO_MEMPOOL, lists[0].va);
	model_answers.reg_dmabuf_mr = ENOMEM;
	bed_lkey(BED_NO_MEMPOOL, lists[0].va);
	log = bed_log_end();
	EXPECT(bed_count(log, "cannot register") == 4,
		"of another dma-buf, device or reason: %u lines", bed_count(log, "cannot register"));
	EXPECT(bed_count(log, "like the last one were not logged") == 1, "nobody tells how many were not logged");
	free(log);
	model_answers.reg_dmabuf_mr = 0;
	bed_list_free(&lists[0]);
	bed_list_free(&lists[1]);
	return true;
}

bool
case_place_in_page(void)
{
	struct bed_list list;
	int error;
	char *log, *va;

	va = mmap(NULL, MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(va != MAP_FAILED, "no addresses");
	bed_list_make(&list, 4096, 4096, 512, false, va);
	EXPECT(try_reg_mr(BED_PLAIN, list.va, list.len, &error, &log) < 0, "registered");
	EXPECT(error == EINVAL, "errno %d", error);
	EXPECT(bed_count(log, "same place in a page") == 1, "the log is: %s", log);
	free(log);
	bed_list_free(&list);
	munmap(va, MIB);
	return true;
}

bool
case_ordinary(void)
{
	unsigned int before_va, before_dmabuf, i;
	struct mlx5_pmd_mr mr = { 0 };
	struct bed_list list;
	int access, error;
	size_t at, len;
	char *memory;
	char *log;

	bed_list_make(&list, MIB, 4096, 0, false, NULL);
	EXPECT(bed_reg_mr(bed_pd(BED_PLAIN), list.va, list.len, &mr) == 0, "not registered");
	access = model_calls.access;
	bed_dereg_mr(&mr);
	bed_list_free(&list);

	before_dmabuf = model_calls.reg_dmabuf_mr;
	memory = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(memory != MAP_FAILED, "no memory");
	/* the second half is in a list */
	EXPECT(rte_extmem_register(memory + 2 * MIB, 2 * MIB, NULL, 0, 4096) == 0, "no list");
	for (i = 0; i < rounds; i++) {
		at = bed_random(4 * MIB);
		len = 1 + bed_random(4 * MIB - at);
		before_va = model_calls.reg_mr;
		EXPECT(try_reg_mr(BED_PLAIN, memory + at, len, &error, &log) == 0,
			"not registered");
		EXPECT(model_calls.reg_mr == before_va + 1 && model_calls.len == len &&
			model_calls.iova == (uintptr_t)memory + at &&
			(model_calls.access & IBV_ACCESS_LOCAL_WRITE) != 0, "not what was asked");
		EXPECT(model_calls.access == access, "access %#x, that of a dma-buf %#x",
			model_calls.access, access);
		EXPECT(*log == '\0', "the log is: %s", log);
		free(log);
	}
	model_answers.reg_mr = ENOMEM;
	EXPECT(try_reg_mr(BED_PLAIN, memory, 4096, &error, &log) < 0 && error == ENOMEM &&
		*log == '\0', "an error of ordinary memory: %d, %s", error, log);
	free(log);
	model_answers.reg_mr = 0;
	EXPECT(model_calls.reg_dmabuf_mr == before_dmabuf, "registered as dma-buf");

	rte_extmem_unregister(memory + 2 * MIB, 2 * MIB);
	munmap(memory, 4 * MIB);
	return true;
}
