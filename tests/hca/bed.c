/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_memory.h>

#include "../lib/udmabuf.h"
#include "bed_mlx5.h"
#include "devices.h"

#define PAGE 4096
#define MIB ((size_t)1 << 20)

struct bed_device bed_devices[MODEL_DEVICES];
int (*bed_create_dmabuf)(size_t len) = create_dmabuf;
static const char *const options[MODEL_DEVICES] = {
	[BED_PAGEWISE] = ",mr_ext_memseg_en=0",
	[BED_NO_MEMPOOL] = ",mr_mempool_reg_en=0",
};

static uint64_t random_state;
static struct rte_mbuf *probe_mbuf;
static struct rte_mbuf_ext_shared_info probe_info;
static FILE *log_stream;
static char *log_text;
static size_t log_len;

static void
probe_done(void *addr, void *opaque)
{
	(void)addr;
	(void)opaque;
}

void
bed_start(int argc, char **argv, const char *process_type)
{
	char allowed[MODEL_DEVICES][64], type[64];
	char *args[32 + 2 * MODEL_DEVICES];
	struct rte_mempool *pool;
	int n = 0, i;

	devices_install();
	args[n++] = argv[0];
	for (i = 0; i < MODEL_DEVICES; i++) {
		snprintf(allowed[i], sizeof(allowed[i]), "%s%s", model_pci_address(i),
				options[i] != NULL ? options[i] : "");
		args[n++] = (char *)(uintptr_t)"-a";
		args[n++] = allowed[i];
	}
	snprintf(type, sizeof(type), "--proc-type=%s", process_type);
	args[n++] = type;
	args[n++] = (char *)(uintptr_t)"--no-telemetry";
	for (i = 1; i < argc && n < (int)RTE_DIM(args) - 1; i++)
		args[n++] = argv[i];
	args[n] = NULL;
	if (rte_eal_init(n, args) < 0) {
		model_remove();
		errx(1, "EAL does not start: %s", rte_strerror(rte_errno));
	}

	for (i = 0; i < MODEL_DEVICES; i++) {
		bed_devices[i].cdev = devices[i];
		if (devices[i] == NULL)
			errx(1, "mlx5 does not take %s", model_pci_address(i));
		if (rte_eal_process_type() == RTE_PROC_PRIMARY && mlx5_mr_ctrl_init(&bed_devices[i].ctrl,
				&bed_devices[i].cdev->mr_scache.dev_gen, SOCKET_ID_ANY) < 0)
			errx(1, "no memory for the MR cache");
	}
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return;
	pool = rte_pktmbuf_pool_create("bed", 15, 0, 0, RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	if (pool == NULL)
		errx(1, "no memory for a pool");
	pool->flags |= RTE_MEMPOOL_F_NON_IO; /* mlx5 leaves it alone */
	probe_mbuf = rte_pktmbuf_alloc(pool);
	probe_info.free_cb = probe_done;
	rte_mbuf_ext_refcnt_set(&probe_info, 1);
}

void
bed_stop(void)
{
	unsigned int i;

	for (i = 0; i < MODEL_DEVICES; i++)
		mlx5_mr_btree_free(&bed_devices[i].ctrl.cache_bh);
	rte_eal_cleanup();
	model_remove();
}

struct ibv_pd *
bed_pd(unsigned int device)
{
	return bed_devices[device].cdev->pd;
}

struct rte_device *
bed_rte_device(unsigned int device)
{
	return bed_devices[device].cdev->dev;
}

/* ---- random numbers: splitmix64 ---- */

void
bed_seed(uint64_t seed)
{
	random_state = seed;
}

uint64_t
bed_random(uint64_t below)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % below;
}

/* ---- dma-bufs ---- */

static bool stand_in;

static int
create_stand_in(size_t len)
{
	int fd = memfd_create("stand-in", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, len) < 0)
		die("memfd");
	return fd;
}

/* EAL asks by this whether a descriptor is a dma-buf's. */
int
fstatfs(int fd, struct statfs *fs)
{
	int ret = syscall(SYS_fstatfs, fd, fs);

	if (stand_in && ret == 0)
		fs->f_type = 0x444d4142; /* DMA_BUF_MAGIC */
	return ret;
}

void
bed_stand_in(bool on)
{
	stand_in = on;
	bed_create_dmabuf = on ? create_stand_in : create_dmabuf;
	model_set_mapping(!on);
}

/* Addresses of no memory, at a multiple of align. */
static char *
reserve(struct bed_list *list, size_t len, size_t align)
{
	list->reserved_len = len + align;
	list->reserved = mmap(NULL, list->reserved_len, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (list->reserved == MAP_FAILED)
		die("mmap");
	return RTE_PTR_ALIGN_CEIL(list->reserved, align);
}

void
bed_list_make(struct bed_list *list, size_t len, size_t page_sz, uint64_t offset, bool readable,
		char *va)
{
	size_t i;

	memset(list, 0, sizeof(*list));
	list->len = len;
	list->page_sz = page_sz;
	list->offset = offset;
	list->size = RTE_ALIGN_CEIL(offset + len, PAGE) + PAGE * bed_random(3);
	list->fd = bed_create_dmabuf(list->size);
	list->view = mmap(NULL, list->size, PROT_READ | PROT_WRITE, MAP_SHARED, list->fd, 0);
	if (list->view == MAP_FAILED)
		die("mmap of a dma-buf");
	for (i = 0; !stand_in && i < list->size; i += 8)
		*(uint64_t *)(list->view + i) = bed_random(UINT64_MAX);

	/* address and offset have the same place in a page */
	list->va = va != NULL ? va :
		reserve(list, len + PAGE, RTE_MAX(page_sz, (size_t)PAGE)) + offset % PAGE;
	if (readable && mmap((void *)RTE_ALIGN_FLOOR((uintptr_t)list->va, PAGE),
			offset % PAGE + len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			list->fd, offset - offset % PAGE) == MAP_FAILED)
		die("mmap of a dma-buf");
	list->readable = readable;

	if (rte_extmem_register_dmabuf(list->va, len, list->fd, offset, NULL, 0, page_sz) < 0)
		errx(1, "no list of a dma-buf: %s", rte_strerror(rte_errno));
}

void
bed_list_make_pinnable(struct bed_list *list, size_t len, size_t page_sz, uint64_t offset)
{
	bed_list_make(list, len, page_sz, offset, false, NULL);
	if (mmap(list->va, list->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			-1, 0) == MAP_FAILED)
		die("mmap");
}

void
bed_list_make_random(struct bed_list *list)
{
	static const size_t page_sizes[] = { 4096, 65536, 2 * MIB };
	size_t page_sz = page_sizes[bed_random(RTE_DIM(page_sizes))];
	size_t len = page_sz * (1 + bed_random(page_sz >= 65536 ? 3 : 500));
	/* offset 0 is frequent where there is a choice */
	uint64_t offset = bed_random(3) == 0 ? 0 : PAGE * bed_random(3 * MIB / PAGE);

	bed_list_make(list, len, page_sz, offset, bed_random(2) == 0, NULL);
}

void
bed_list_free(struct bed_list *list)
{
	if (rte_extmem_unregister(list->va, list->len) < 0)
		errx(1, "a list is not unregistered: %s", rte_strerror(rte_errno));
	bed_list_release(list);
}

void
bed_list_release(struct bed_list *list)
{
	munmap(list->view, list->size);
	if (list->reserved != NULL)
		munmap(list->reserved, list->reserved_len);
	close(list->fd);
	memset(list, 0, sizeof(*list));
}

/* ---- from an address to the bytes ---- */

uint32_t
bed_lkey(unsigned int device, const void *addr)
{
	uint32_t lkey;

	rte_pktmbuf_attach_extbuf(probe_mbuf, (void *)(uintptr_t)addr, RTE_BAD_IOVA, 1,
			&probe_info);
	lkey = bed_lkey_of_mbuf(device, probe_mbuf);
	rte_mbuf_ext_refcnt_set(&probe_info, 2);
	rte_pktmbuf_detach_extbuf(probe_mbuf);
	return lkey;
}

uint32_t
bed_lkey_of_mbuf(unsigned int device, struct rte_mbuf *mbuf)
{
	uint32_t lkey = mlx5_mr_mb2mr(&bed_devices[device].ctrl, mbuf);

	return lkey == UINT32_MAX ? lkey : rte_be_to_cpu_32(lkey);
}

int
bed_reg_mr(struct ibv_pd *pd, void *addr, size_t len, struct mlx5_pmd_mr *mr)
{
#ifdef HCA_REG_MR_CALLBACKS /* up to 25.11 */
	return mlx5_common_verbs_reg_mr(pd, addr, len, mr);
#else
	return mlx5_os_reg_mr(pd, addr, len, mr);
#endif
}

void
bed_dereg_mr(struct mlx5_pmd_mr *mr)
{
#ifdef HCA_REG_MR_CALLBACKS
	mlx5_common_verbs_dereg_mr(mr);
#else
	mlx5_os_dereg_mr(mr);
#endif
}

const char *
bed_move(const struct bed_list *list, struct ibv_pd *pd, uint32_t lkey, char *addr, size_t len)
{
	char bytes[256], back[sizeof(bytes)], before = 0, after = 0;
	size_t n = 1 + bed_random(RTE_MIN(len, sizeof(bytes)));
	uint64_t place = list->offset + (addr - list->va);
	size_t i;

	for (i = 0; i < n; i++)
		bytes[i] = bed_random(256);
	if (place > 0)
		before = list->view[place - 1];
	if (place + n < list->size)
		after = list->view[place + n];

	if (model_write(pd, lkey, (uintptr_t)addr, bytes, n) < 0)
		return "the NIC can't write with that key and address";
	if (memcmp(list->view + place, bytes, n) != 0)
		return "the bytes are not in the dma-buf where they belong";
	if ((place > 0 && list->view[place - 1] != before) ||
			(place + n < list->size && list->view[place + n] != after))
		return "bytes before or after were overwritten";
	if (list->readable && memcmp(addr, bytes, n) != 0)
		return "the bytes are not at their address";

	for (i = 0; i < n; i++)
		list->view[place + i] ^= 0x55;
	if (model_read(pd, lkey, (uintptr_t)addr, back, n) < 0)
		return "the NIC can't read with that key and address";
	if (memcmp(list->view + place, back, n) != 0)
		return "the NIC read other bytes than the dma-buf has";
	return NULL;
}

bool
bed_ordinary_has_key(struct ibv_mr *(*reg_mr)(struct ibv_pd *pd, void *addr, size_t len, int access),
		int (*dereg_mr)(struct ibv_mr *mr))
{
	static char memory[PAGE];
	struct ibv_mr *mr = reg_mr(bed_pd(BED_PLAIN), memory, sizeof(memory), IBV_ACCESS_LOCAL_WRITE);

	return mr != NULL && dereg_mr(mr) == 0;
}

/* ---- pools ---- */

struct rte_mempool *
bed_pool(const char *name, unsigned int n)
{
	struct rte_pktmbuf_pool_private private = { .mbuf_data_room_size = 2048 };
	struct rte_mempool *pool;

	pool = rte_mempool_create_empty(name, n, sizeof(struct rte_mbuf) + 2048, 0,
			sizeof(private), SOCKET_ID_ANY, 0);
	if (pool == NULL || rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), NULL) < 0)
		errx(1, "no pool: %s", rte_strerror(rte_errno));
	rte_pktmbuf_pool_init(pool, &private);
	return pool;
}

unsigned int
bed_pool_add(struct rte_mempool *pool, void *addr, size_t len)
{
	/* without an IO address, mlx5 would take the pool for one without I/O */
	int added = rte_mempool_populate_iova(pool, addr, (uintptr_t)addr, len, NULL, NULL);

	if (added <= 0)
		errx(1, "the pool takes no memory: %s", rte_strerror(-added));
	if (pool->populated_size == pool->size)
		rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return added;
}

struct rte_pktmbuf_extmem
bed_extmem(void *va, size_t len, uint16_t elt_size)
{
	return (struct rte_pktmbuf_extmem){ .buf_ptr = va, .buf_iova = RTE_BAD_IOVA, .buf_len = len,
		.elt_size = elt_size };
}

struct rte_mempool *
bed_extbuf_pool(const char *name, unsigned int n, uint16_t elt_size,
		const struct rte_pktmbuf_extmem *memory, unsigned int n_memory)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create_extbuf(name, n, 0, 0, elt_size,
			SOCKET_ID_ANY, memory, n_memory);

	if (pool == NULL)
		errx(1, "no pool: %s", rte_strerror(rte_errno));
	return pool;
}

/* ---- logs ---- */

void
bed_log_start(void)
{
	log_stream = open_memstream(&log_text, &log_len);
	rte_openlog_stream(log_stream);
}

char *
bed_log_end(void)
{
	rte_openlog_stream(NULL);
	fclose(log_stream);
	return log_text;
}

unsigned int
bed_count(const char *text, const char *word)
{
	unsigned int n = 0;

	while ((text = strstr(text, word)) != NULL) {
		text++;
		n++;
	}
	return n;
}
