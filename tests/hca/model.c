/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <err.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <rte_common.h>

#include <mlx5_glue.h>

#include "model.h"

#define KERNEL_PAGE ((uint64_t)4096)
#define DMABUF_FS_MAGIC 0x444d4142 /* DMA_BUF_MAGIC of linux/magic.h */
#define LKEYS 8192

struct region {
	struct ibv_mr mr; /* first: what the driver sees */
	uint64_t iova;
	size_t len;
	char *bytes; /* where iova is */
	void *mapping; /* of a dma-buf */
	size_t mapping_len;
};

static struct {
	struct ibv_device device;
	struct ibv_context context;
	char pci_address[16];
} hca[MODEL_DEVICES];

struct model_answers model_answers;
void (*model_meanwhile)(void);
struct model_calls model_calls;

static char sysfs[128];
static bool mapping_on = true;
static struct mlx5_glue glue;
static struct region *regions[LKEYS]; /* by key, of all devices: no two have the same */
static unsigned int next_key;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- memory regions ---- */

/* ib_check_mr_access() and what each call lets through */
static bool
access_is_valid(int access, bool dmabuf)
{
	const int of_dmabuf = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ |
		IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_ATOMIC | IBV_ACCESS_RELAXED_ORDERING;

	if (dmabuf && (access & ~of_dmabuf) != 0)
		return false;
	return (access & (IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_ATOMIC)) == 0 ||
		(access & IBV_ACCESS_LOCAL_WRITE) != 0;
}

static struct ibv_mr *
refuse(struct region *region, int error)
{
	free(region);
	errno = error;
	return NULL;
}

static struct ibv_mr *
publish(struct region *region, struct ibv_pd *pd)
{
	unsigned int tries = LKEYS;

	pthread_mutex_lock(&lock);
	do {
		next_key = (next_key + 1) % LKEYS;
	} while (regions[next_key] != NULL && --tries > 0);
	if (tries == 0)
		errx(1, "the model is out of keys");
	regions[next_key] = region;
	region->mr.lkey = next_key << 8 | 0x5a;
	region->mr.rkey = region->mr.lkey;
	model_calls.live++;
	pthread_mutex_unlock(&lock);

	region->mr.context = pd->context;
	region->mr.pd = pd;
	return &region->mr;
}

/* Linux pins the pages of the addresses, which must be there and be ordinary memory. */
static bool
can_be_pinned(const char *addr, size_t len)
{
	const char *page, *end = addr + len;
	char byte;

	for (page = addr; page < end; page += KERNEL_PAGE) {
		struct iovec from = { .iov_base = (void *)(uintptr_t)page, .iov_len = 1 };
		struct iovec to = { .iov_base = &byte, .iov_len = 1 };

		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != 1)
			return false;
	}
	return true;
}

struct ibv_mr *
model_reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access)
{
	struct region *region = calloc(1, sizeof(*region));

	model_calls.reg_mr++;
	model_calls.len = len;
	model_calls.iova = (uintptr_t)addr;
	model_calls.access = access;
	if (region == NULL)
		return refuse(NULL, ENOMEM);
	if (model_answers.reg_mr != 0)
		return refuse(region, model_answers.reg_mr);
	if (len == 0 || !access_is_valid(access, false))
		return refuse(region, EINVAL);
	if (mapping_on && !can_be_pinned(addr, len))
		return refuse(region, EFAULT);

	region->iova = (uintptr_t)addr;
	region->len = len;
	region->bytes = addr;
	region->mr.addr = addr;
	region->mr.length = len;
	return publish(region, pd);
}

/* What ib_umem_dmabuf_get() and its callers look at. */
static int
check_dmabuf(uint64_t offset, size_t len, uint64_t iova, int fd, int access)
{
	struct statfs fs;
	off_t size;

	if ((offset ^ iova) % KERNEL_PAGE != 0 || !access_is_valid(access, true))
		return EINVAL;
	if (syscall(SYS_fstatfs, fd, &fs) < 0)
		return EBADF;
	if (fs.f_type != DMABUF_FS_MAGIC)
		return EINVAL;
	size = lseek(fd, 0, SEEK_END);
	if (size < 0 || len == 0 || offset + len < offset || offset + len > (uint64_t)size)
		return EINVAL;
	return 0;
}

struct ibv_mr *
model_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t len, uint64_t iova, int fd,
		int access)
{
	struct region *region = calloc(1, sizeof(*region));
	uint64_t in_page = offset % KERNEL_PAGE;
	int error;

	model_calls.reg_dmabuf_mr++;
	model_calls.offset = offset;
	model_calls.len = len;
	model_calls.iova = iova;
	model_calls.fd = fd;
	model_calls.access = access;
	if (model_meanwhile != NULL) {
		void (*meanwhile)(void) = model_meanwhile;

		model_meanwhile = NULL;
		meanwhile();
	}
	if (region == NULL)
		return refuse(NULL, ENOMEM);
	if (model_answers.reg_dmabuf_mr != 0)
		return refuse(region, model_answers.reg_dmabuf_mr);
	error = mapping_on ? check_dmabuf(offset, len, iova, fd, access) : 0;
	if (error != 0)
		return refuse(region, error);

	if (mapping_on) {
		region->mapping_len = in_page + len;
		region->mapping = mmap(NULL, region->mapping_len, PROT_READ | PROT_WRITE,
				MAP_SHARED, fd, offset - in_page);
		if (region->mapping == MAP_FAILED)
			return refuse(region, errno);
		region->bytes = (char *)region->mapping + in_page;
	}
	region->iova = iova;
	region->len = len;
	region->mr.addr = (void *)(uintptr_t)offset; /* as libibverbs does */
	region->mr.length = len;
	return publish(region, pd);
}

int
model_dereg_mr(struct ibv_mr *mr)
{
	struct region *region = container_of(mr, struct region, mr);

	pthread_mutex_lock(&lock);
	if (regions[mr->lkey >> 8] != region)
		errx(1, "deregistered what is not registered");
	regions[mr->lkey >> 8] = NULL;
	model_calls.dereg_mr++;
	model_calls.live--;
	pthread_mutex_unlock(&lock);
	if (region->mapping != NULL)
		munmap(region->mapping, region->mapping_len);
	free(region);
	return 0;
}

static char *
translate(const struct ibv_pd *pd, uint32_t lkey, uint64_t addr, size_t len)
{
	const struct region *region = lkey >> 8 < LKEYS ? regions[lkey >> 8] : NULL;

	if (region == NULL || region->mr.lkey != lkey || region->mr.pd != pd ||
			addr < region->iova || len > region->len ||
			addr - region->iova > region->len - len)
		return NULL;
	return region->bytes + (addr - region->iova);
}

int
model_write(const struct ibv_pd *pd, uint32_t lkey, uint64_t addr, const void *from, size_t len)
{
	char *to = translate(pd, lkey, addr, len);

	if (to == NULL)
		return -1;
	memcpy(to, from, len);
	return 0;
}

int
model_read(const struct ibv_pd *pd, uint32_t lkey, uint64_t addr, void *to, size_t len)
{
	const char *from = translate(pd, lkey, addr, len);

	if (from == NULL)
		return -1;
	memcpy(to, from, len);
	return 0;
}

void
model_set_mapping(bool on)
{
	mapping_on = on;
}

/* ---- devices ---- */

static struct ibv_device **
get_device_list(int *n)
{
	struct ibv_device **list = calloc(MODEL_DEVICES + 1, sizeof(*list));
	unsigned int i;

	for (i = 0; i < MODEL_DEVICES; i++)
		list[i] = &hca[i].device;
	*n = MODEL_DEVICES;
	return list;
}

static void
free_device_list(struct ibv_device **list)
{
	free(list);
}

static struct ibv_context *
open_device(struct ibv_device *device)
{
	unsigned int i;

	for (i = 0; device != &hca[i].device; i++)
		;
	hca[i].context.device = device;
	hca[i].context.async_fd = -1;
	hca[i].context.cmd_fd = -1;
	return &hca[i].context;
}

static int
close_device(struct ibv_context *context)
{
	(void)context;
	return 0;
}

static struct ibv_context *
dv_open_device(struct ibv_device *device)
{
	(void)device; /* mlx5 then does without DevX */
	errno = ENOTSUP;
	return NULL;
}

static int
dv_set_context_attr(struct ibv_context *context, enum mlx5dv_set_ctx_attr_type type, void *attr)
{
	(void)context;
	(void)type;
	(void)attr;
	return 0;
}

static struct ibv_pd *
alloc_pd(struct ibv_context *context)
{
	struct ibv_pd *pd = calloc(1, sizeof(*pd));

	pd->context = context;
	return pd;
}

static int
dealloc_pd(struct ibv_pd *pd)
{
	free(pd);
	return 0;
}

/* ---- where DPDK's PCI bus and mlx5 look for devices ---- */

static void
put_file(const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		err(1, "%s", path);
}

static void
make_folder(const char *path)
{
	if (mkdir(path, 0755) < 0)
		err(1, "%s", path);
}

static void
make_files(unsigned int i)
{
	char path[256], event[64];

	snprintf(path, sizeof(path), "%s/pci/%s", sysfs, hca[i].pci_address);
	make_folder(path);
	put_file(path, "vendor", "0x15b3\n");
	put_file(path, "device", "0x0001\n"); /* no device of net/mlx5's */
	put_file(path, "subsystem_vendor", "0x15b3\n");
	put_file(path, "subsystem_device", "0x0001\n");
	put_file(path, "class", "0x020000\n");
	put_file(path, "numa_node", "0\n");
	put_file(path, "resource", "0 0 0\n0 0 0\n0 0 0\n0 0 0\n0 0 0\n0 0 0\n");
	strcat(path, "/driver"); /* only its name is looked at */
	if (symlink("../../../bus/pci/drivers/mlx5_core", path) < 0)
		err(1, "%s", path);

	snprintf(path, sizeof(path), "%s/%s", sysfs, hca[i].device.name);
	make_folder(path);
	snprintf(hca[i].device.ibdev_path, sizeof(hca[i].device.ibdev_path), "%s", path);
	strcat(path, "/device");
	make_folder(path);
	snprintf(event, sizeof(event), "PCI_SLOT_NAME=%s\n", hca[i].pci_address);
	put_file(path, "uevent", event);
}

void
model_install(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[256];
	unsigned int i;

	snprintf(sysfs, sizeof(sysfs), "%s/model-hca.XXXXXX", tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
	if (mkdtemp(sysfs) == NULL)
		err(1, "%s", sysfs);
	snprintf(path, sizeof(path), "%s/pci", sysfs);
	make_folder(path);
	setenv("SYSFS_PCI_DEVICES", path, 1);
	for (i = 0; i < MODEL_DEVICES; i++) {
		snprintf(hca[i].pci_address, sizeof(hca[i].pci_address), "0000:7%u:00.0", i);
		snprintf(hca[i].device.name, sizeof(hca[i].device.name), "model_%u", i);
		make_files(i);
	}

	glue = *mlx5_glue;
	glue.get_device_list = get_device_list;
	glue.free_device_list = free_device_list;
	glue.open_device = open_device;
	glue.close_device = close_device;
	glue.dv_open_device = dv_open_device;
	glue.dv_set_context_attr = dv_set_context_attr;
	glue.alloc_pd = alloc_pd;
	glue.dealloc_pd = dealloc_pd;
	glue.reg_mr = model_reg_mr;
	glue.reg_dmabuf_mr = model_reg_dmabuf_mr;
	glue.dereg_mr = model_dereg_mr;
	mlx5_glue = &glue;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
model_remove(void)
{
	if (nftw(sysfs, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		warn("%s is left", sysfs);
}

const char *
model_pci_address(unsigned int device)
{
	return hca[device].pci_address;
}

const char *
model_device_name(unsigned int device)
{
	return hca[device].device.name;
}
