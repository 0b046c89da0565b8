/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Pools whose packets are in dma-bufs, and whose mbufs are in EAL's memory. Each pool has an area:
 * a part of a dma-buf that is registered with EAL and mapped for the devices of the ports.
 */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/vfs.h>

#include <linux/dma-heap.h>
#include <linux/magic.h>
#include <linux/udmabuf.h>

#include <cmdline_parse_string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#include "testpmd.h"
#include "dmabuf.h"

#ifndef DMA_BUF_MAGIC
#define DMA_BUF_MAGIC 0x444d4142
#endif

#define HEAPS "/dev/dma_heap/"
#define UDMABUF "/dev/udmabuf"
#define UDMABUF_LIMIT "/sys/module/udmabuf/parameters/size_limit_mb"

#define REFUSE(fmt, ...) rte_exit(EXIT_FAILURE, "--dmabuf: " fmt "\n", ## __VA_ARGS__)

/* What the user asked for. */
static struct {
	enum { SOURCE_NONE, SOURCE_HEAP, SOURCE_UDMABUF, SOURCE_FD } source;
	char heap[NAME_MAX + 1];
	int fd;           /* SOURCE_FD */
	uint64_t size;    /* of each area, or 0: what the pool needs */
	uint64_t offset;  /* of each area; with SOURCE_FD, that of the first */
	size_t page_sz;
} asked;

static const char *const source_names[] = {
	[SOURCE_HEAP] = "heap", [SOURCE_UDMABUF] = "udmabuf", [SOURCE_FD] = "fd",
};

/* How the device of a port reaches an area. */
struct reach {
	enum {
		REACH_NONE,
		REACH_MAPPED,   /* by rte_dev_dma_map() for this port */
		REACH_SHARED,   /* by that for another port */
		REACH_PHYSICAL, /* by physical addresses: there is nothing to map in */
		REACH_DRIVER,   /* the driver needs no mapping, or makes its own */
	} by;
	struct rte_device *device;
	bool vfio;
};

struct area {
	struct area *next;
	char pool[RTE_MEMPOOL_NAMESIZE];
	void *room;        /* addresses reserved for va */
	uint8_t *va;
	size_t len;
	size_t page_sz;
	bool cpu;          /* va is memory, not only a range of addresses */
	bool has_iovas;
	struct rte_pktmbuf_extmem *runs; /* parts whose IO addresses follow on each other */
	unsigned int n_runs;
	struct reach ports[RTE_MAX_ETHPORTS];
};

static struct area *areas;

static size_t
system_page(void)
{
	return sysconf(_SC_PAGESIZE);
}

static bool
parse_bytes(const char *text, uint64_t *value)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned int shift = 0;
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)text[0]) || errno != 0)
		return false;
	if (*end != '\0') {
		unit = strchr(units, toupper((unsigned char)*end));
		if (unit == NULL || end[1] != '\0')
			return false;
		shift = 10 * (unit - units + 1);
	}
	if (*value > UINT64_MAX >> shift)
		return false;
	*value <<= shift;
	return true;
}

static void
parse_source(const char *text)
{
	uint64_t fd;

	if (strcmp(text, "udmabuf") == 0) {
		asked.source = SOURCE_UDMABUF;
	} else if (strncmp(text, "heap:", 5) == 0 && text[5] != '\0' && text[5] != '.' &&
			strchr(text, '/') == NULL && strlen(text + 5) <= NAME_MAX) {
		asked.source = SOURCE_HEAP;
		strcpy(asked.heap, text + 5);
	} else if (strncmp(text, "fd:", 3) == 0 && parse_bytes(text + 3, &fd) && fd <= INT_MAX) {
		asked.source = SOURCE_FD;
		asked.fd = fd;
	} else {
		REFUSE("%s is no source; there are heap:<name>, udmabuf and fd:<number>", text);
	}
}

void
dmabuf_parse(const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	uint64_t value;

	if (copy == NULL)
		REFUSE("no memory is left");
	memset(&asked, 0, sizeof(asked));
	asked.page_sz = system_page();
	parse_source(strsep(&rest, ","));
	while ((word = strsep(&rest, ",")) != NULL) {
		char *number = strchr(word, '=');

		if (number == NULL || !parse_bytes(number + 1, &value))
			REFUSE("%s is not size=, offset= or page_sz= and a number of bytes", word);
		*number = '\0';
		if (strcmp(word, "size") == 0 && value > 0 && value <= SIZE_MAX / 2)
			asked.size = value;
		else if (strcmp(word, "offset") == 0 && value % system_page() == 0 &&
				value <= INT64_MAX / 2)
			asked.offset = value;
		else if (strcmp(word, "page_sz") == 0 && value >= system_page() &&
				value <= RTE_PGSIZE_16G && rte_is_power_of_2(value))
			asked.page_sz = value;
		else
			REFUSE("%s=%s is out of range: a size is not 0, an offset is a multiple of "
				"%zu, and a page_sz is a power of 2 and no less than that",
				word, number + 1, system_page());
	}
	if (asked.size % asked.page_sz != 0)
		REFUSE("size=%" PRIu64 " is no multiple of page_sz=%zu", asked.size, asked.page_sz);
	free(copy);
}

void
dmabuf_check_options(void)
{
	if ((mp_alloc_type == MP_ALLOC_DMABUF) != (asked.source != SOURCE_NONE))
		rte_exit(EXIT_FAILURE, "--mp-alloc=dmabuf and --dmabuf=<source> go together\n");
	if (mp_alloc_type == MP_ALLOC_DMABUF && rte_eal_process_type() != RTE_PROC_PRIMARY)
		rte_exit(EXIT_FAILURE, "--mp-alloc=dmabuf is for the primary process\n");
}

static int
heap_create(size_t size)
{
	struct dma_heap_allocation_data alloc = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
	char path[sizeof(HEAPS) + NAME_MAX];
	int heap;

	snprintf(path, sizeof(path), HEAPS "%s", asked.heap);
	heap = open(path, O_RDONLY | O_CLOEXEC);
	if (heap < 0)
		REFUSE("open %s: %s", path, strerror(errno));
	if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &alloc) != 0)
		REFUSE("%zu bytes of %s: %s", size, path, strerror(errno));
	close(heap);
	return alloc.fd;
}

static int
udmabuf_limit(void)
{
	FILE *file = fopen(UDMABUF_LIMIT, "r");
	int limit = -1;

	if (file != NULL) {
		if (fscanf(file, "%d", &limit) != 1)
			limit = -1;
		fclose(file);
	}
	return limit;
}

static int
udmabuf_create(size_t size, int *memfd)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };
	int device, limit, fd;

	device = open(UDMABUF, O_RDWR | O_CLOEXEC);
	if (device < 0)
		REFUSE("open " UDMABUF ": %s; it needs a kernel with CONFIG_UDMABUF",
			strerror(errno));
	*memfd = memfd_create("testpmd", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	/* The kernel wants to be sure that the file can't shrink under the dma-buf. */
	if (*memfd < 0 || ftruncate(*memfd, size) != 0 ||
			fcntl(*memfd, F_ADD_SEALS, F_SEAL_SHRINK) != 0)
		REFUSE("memfd of %zu bytes: %s", size, strerror(errno));
	create.memfd = *memfd;
	fd = ioctl(device, UDMABUF_CREATE, &create);
	if (fd < 0) {
		limit = udmabuf_limit();
		if (errno == EINVAL && limit >= 0 && size > (uint64_t)limit << 20)
			REFUSE("a udmabuf of %zu bytes is more than udmabuf.size_limit_mb=%d "
				"allows: raise that, or take fewer mbufs by --total-num-mbufs",
				size, limit);
		REFUSE("a udmabuf of %zu bytes: %s", size, strerror(errno));
	}
	close(device);
	return fd;
}

/* Where the next area starts in the dma-buf that was handed to this process. */
static uint64_t
fd_offset(const char *pool, size_t len)
{
	uint64_t offset = asked.offset;
	struct statfs info;
	const struct area *a;
	off_t size;

	if (fstatfs(asked.fd, &info) != 0)
		REFUSE("fd:%d: %s", asked.fd, strerror(errno));
	if ((uint32_t)info.f_type != DMA_BUF_MAGIC)
		REFUSE("fd:%d is no dma-buf", asked.fd);
	size = lseek(asked.fd, 0, SEEK_END);
	for (a = areas; a != NULL; a = a->next)
		offset += a->len;
	if (size < 0 || offset > (uint64_t)size || len > (uint64_t)size - offset)
		REFUSE("fd:%d has %jd bytes, and %s needs %zu from %#" PRIx64 " on: take fewer "
			"mbufs by --total-num-mbufs", asked.fd, (intmax_t)size, pool, len, offset);
	return offset;
}

/* Reserve addresses, and put the memory there if the CPU can map it. */
static void
area_map(struct area *a, int fd, uint64_t offset)
{
	const int reserve = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

	a->room = mmap(NULL, a->len + a->page_sz, PROT_NONE, reserve, -1, 0);
	if (a->room == MAP_FAILED)
		REFUSE("%zu bytes of addresses: %s", a->len + a->page_sz, strerror(errno));
	a->va = RTE_PTR_ALIGN(a->room, a->page_sz);
	a->cpu = mmap(a->va, a->len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		offset) != MAP_FAILED;
	if (a->cpu)
		return;
	TESTPMD_LOG(NOTICE, "--dmabuf: the CPU can't map the dma-buf of %s (%s), so no forwarding "
		"mode that reads or writes packets will start\n", a->pool, strerror(errno));
	/* the attempt may have left a hole */
	if (mmap(a->va, a->len, PROT_NONE, reserve | MAP_FIXED, -1, 0) == MAP_FAILED)
		REFUSE("%zu bytes of addresses: %s", a->len, strerror(errno));
}

/* The IO address of a page: its VA or its physical address, which the page table may not tell. */
static rte_iova_t
page_iova(const struct area *a, size_t at)
{
	if (rte_eal_iova_mode() != RTE_IOVA_PA)
		return (uintptr_t)(a->va + at);
	if (!a->cpu)
		return RTE_BAD_IOVA;
	(void)*(volatile uint8_t *)(a->va + at); /* has it entered in the page table */
	return rte_mem_virt2phy(a->va + at);
}

static bool
follows(const struct rte_pktmbuf_extmem *run, rte_iova_t iova)
{
	if (run->buf_iova == RTE_BAD_IOVA)
		return iova == RTE_BAD_IOVA;
	return run->buf_iova + run->buf_len == iova;
}

/* Find the runs, and the IO address of each page of page_sz: bad if its parts don't follow. */
static void
area_find_runs(struct area *a, size_t elt_size, rte_iova_t *iovas)
{
	struct rte_pktmbuf_extmem *run = NULL;
	size_t at, page = system_page();
	unsigned int i, n = 0;

	a->has_iovas = true;
	for (at = 0; at < a->len; at += page) {
		rte_iova_t iova = page_iova(a, at);

		if (iova == RTE_BAD_IOVA)
			a->has_iovas = false;
		if (at % a->page_sz == 0)
			iovas[at / a->page_sz] = iova;
		if (run != NULL && follows(run, iova)) {
			run->buf_len += page;
			continue;
		}
		if (at % a->page_sz != 0)
			iovas[at / a->page_sz] = RTE_BAD_IOVA;
		run = &a->runs[n++];
		*run = (struct rte_pktmbuf_extmem){
			.buf_ptr = a->va + at, .buf_iova = iova, .buf_len = page,
			.elt_size = elt_size,
		};
	}
	for (i = 0; i < n; i++)
		if (a->runs[i].buf_len >= elt_size)
			a->runs[a->n_runs++] = a->runs[i];
}

static void
area_register(struct area *a, size_t elt_size, int fd, uint64_t offset)
{
	unsigned int n_pages = a->len / a->page_sz;
	rte_iova_t *iovas = calloc(n_pages, sizeof(*iovas));

	a->runs = calloc(a->len / system_page(), sizeof(*a->runs));
	if (iovas == NULL || a->runs == NULL)
		REFUSE("no memory is left");
	area_find_runs(a, elt_size, iovas);
	if (rte_extmem_register_dmabuf(a->va, a->len, fd, offset, iovas, n_pages, a->page_sz) != 0)
		REFUSE("%zu bytes for %s can't be registered: %s", a->len, a->pool,
			rte_strerror(rte_errno));
	free(iovas);
}

/* Who drives a device: DPDK by VFIO, DPDK by other ways to the hardware, or its kernel driver. */
static void
look_at(const struct rte_device *device, bool *vfio, bool *by_iova)
{
	const char *bus = rte_bus_name(rte_dev_bus(device));
	char path[PATH_MAX], target[PATH_MAX];
	const char *driver = "";
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/driver", bus, rte_dev_name(device));
	len = readlink(path, target, sizeof(target) - 1);
	if (len > 0) {
		target[len] = '\0';
		driver = strrchr(target, '/') != NULL ? strrchr(target, '/') + 1 : target;
	}
	*vfio = strstr(driver, "vfio") != NULL;
	/* the memory for a device that keeps its kernel driver is registered with that */
	*by_iova = *vfio || strstr(driver, "uio") != NULL ||
		(driver[0] == '\0' && strcmp(bus, "pci") == 0);
}

/* Do two ports have the same mapping? EAL's VFIO devices are in one container. */
static bool
same_mapping(const struct reach *a, const struct reach *b)
{
	return a->device == b->device || (a->vfio && b->vfio);
}

static void
area_dma_unmap(struct area *a, const struct reach *reach, unsigned int n_runs)
{
	unsigned int i;

	for (i = 0; i < n_runs; i++)
		if (rte_dev_dma_unmap(reach->device, a->runs[i].buf_ptr, a->runs[i].buf_iova,
				a->runs[i].buf_len) != 0)
			TESTPMD_LOG(ERR, "--dmabuf: rte_dev_dma_unmap(%s): %s\n",
				rte_dev_name(reach->device), rte_strerror(rte_errno));
}

/* Have the device of a port reach an area; returns NULL, or why it can't. */
static const char *
area_add_port(struct area *a, portid_t port)
{
	struct reach *reach = &a->ports[port];
	struct rte_eth_dev_info info;
	unsigned int i;
	bool by_iova;
	portid_t other;

	if (rte_eth_dev_info_get(port, &info) != 0 || info.device == NULL)
		return "it has no device";
	reach->device = info.device;
	look_at(reach->device, &reach->vfio, &by_iova);
	if (by_iova && !a->has_iovas)
		return "it needs physical addresses, which this dma-buf has not in the page table; "
			"bind it to vfio-pci, behind an IOMMU, and give --iova-mode=va";
	for (other = 0; other < RTE_MAX_ETHPORTS; other++) {
		if (a->ports[other].by == REACH_MAPPED && same_mapping(&a->ports[other], reach)) {
			reach->by = REACH_SHARED;
			return NULL;
		}
	}
	rte_errno = 0;
	for (i = 0; i < a->n_runs; i++)
		if (rte_dev_dma_map(reach->device, a->runs[i].buf_ptr, a->runs[i].buf_iova,
				a->runs[i].buf_len) != 0)
			break;
	if (i == a->n_runs) {
		reach->by = REACH_MAPPED;
		return NULL;
	}
	if (rte_errno == ENOTSUP && i == 0 && !reach->vfio) {
		reach->by = by_iova ? REACH_PHYSICAL : REACH_DRIVER;
		return NULL;
	}
	area_dma_unmap(a, reach, i);
	if (reach->vfio && asked.source != SOURCE_UDMABUF)
		return "VFIO pins memory by its addresses, and can't pin those of this dma-buf; "
			"take --dmabuf=udmabuf, or a NIC whose driver registers dma-bufs";
	return rte_errno != 0 ? rte_strerror(rte_errno) : "rte_dev_dma_map() failed";
}

/* A port is gone: what it has mapped becomes the next one's, or ends. */
static void
area_remove_port(struct area *a, portid_t port)
{
	struct reach gone = a->ports[port];
	portid_t other;

	a->ports[port] = (struct reach){ .by = REACH_NONE };
	if (gone.by != REACH_MAPPED)
		return;
	for (other = 0; other < RTE_MAX_ETHPORTS; other++) {
		if (a->ports[other].by == REACH_SHARED && same_mapping(&a->ports[other], &gone)) {
			a->ports[other].by = REACH_MAPPED;
			return;
		}
	}
	area_dma_unmap(a, &gone, a->n_runs);
}

static int
port_closed(portid_t port, enum rte_eth_event_type type, void *arg, void *ret)
{
	struct area *a;

	RTE_SET_USED(type);
	RTE_SET_USED(arg);
	RTE_SET_USED(ret);
	for (a = areas; a != NULL; a = a->next)
		area_remove_port(a, port);
	return 0;
}

bool
dmabuf_add_port(portid_t port)
{
	const char *why = NULL;
	struct area *a;

	for (a = areas; a != NULL && why == NULL; a = a->next) {
		why = area_add_port(a, port);
		if (why != NULL)
			fprintf(stderr, "Port %u can't reach the dma-buf of %s: %s\n", port,
				a->pool, why);
	}
	return why == NULL;
}

/* Bytes that a pool needs, if each page may be apart from the others for the device. */
static size_t
bytes_needed(unsigned int n_mbufs, size_t elt_size)
{
	size_t page = system_page();

	if (rte_eal_iova_mode() == RTE_IOVA_PA && elt_size <= page)
		return (n_mbufs + page / elt_size - 1) / (page / elt_size) * page;
	return (size_t)n_mbufs * elt_size;
}

struct rte_mempool *
dmabuf_pool_create(const char *name, unsigned int n_mbufs, unsigned int cache_size,
	uint16_t mbuf_size, unsigned int socket)
{
	size_t elt_size = RTE_ALIGN_CEIL((size_t)mbuf_size, RTE_CACHE_LINE_SIZE);
	size_t need = RTE_ALIGN_CEIL(bytes_needed(n_mbufs, elt_size), asked.page_sz);
	struct area *a = calloc(1, sizeof(*a));
	uint64_t offset = asked.offset;
	struct rte_mempool *pool;
	int fd, memfd = -1;
	unsigned int i, n = 0;
	portid_t port;

	if (a == NULL)
		REFUSE("no memory is left");
	snprintf(a->pool, sizeof(a->pool), "%s", name);
	a->page_sz = asked.page_sz;
	a->len = asked.size != 0 ? asked.size : need;
	if (a->len < need)
		REFUSE("size=%" PRIu64 " is too small: the %u mbufs of %s need %zu bytes; take "
			"fewer by --total-num-mbufs", asked.size, n_mbufs, name, need);

	if (asked.source == SOURCE_HEAP) {
		fd = heap_create(offset + a->len);
	} else if (asked.source == SOURCE_UDMABUF) {
		fd = udmabuf_create(offset + a->len, &memfd);
	} else {
		fd = asked.fd;
		offset = fd_offset(name, a->len);
	}
	/* VFIO can pin the pages of a udmabuf by the file that they are of */
	area_map(a, memfd >= 0 ? memfd : fd, offset);
	area_register(a, elt_size, fd, offset);
	/* what is registered and mapped needs these no more */
	if (asked.source != SOURCE_FD)
		close(fd);
	if (memfd >= 0)
		close(memfd);

	for (i = 0; i < a->n_runs; i++)
		n += a->runs[i].buf_len / elt_size;
	if (n < n_mbufs)
		REFUSE("only %u of the %u mbufs of %s have memory without a gap: take smaller "
			"ones by --mbuf-size, or a larger size=", n, n_mbufs, name);
	RTE_ETH_FOREACH_DEV(port) {
		const char *why = area_add_port(a, port);

		if (why != NULL)
			REFUSE("port %u can't reach %s: %s", port, name, why);
	}
	if (areas == NULL && rte_eth_dev_callback_register(RTE_ETH_ALL, RTE_ETH_EVENT_DESTROY,
			port_closed, NULL) != 0)
		REFUSE("no memory is left");
	a->next = areas;
	areas = a;

	pool = rte_pktmbuf_pool_create_extbuf(name, n_mbufs, cache_size, 0, mbuf_size, socket,
		a->runs, a->n_runs);
	if (pool == NULL)
		REFUSE("%s: %s", name, rte_strerror(rte_errno));
	return pool;
}

bool
dmabuf_refuses(const char *what)
{
	static const char *const harmless[] = { "io", "rxonly", "recycle_mbufs", "shared-rxq" };
	const struct area *a;
	unsigned int i;

	for (a = areas; a != NULL && a->cpu; a = a->next)
		;
	if (a == NULL)
		return false;
	for (i = 0; i < RTE_DIM(harmless); i++)
		if (strcmp(what, harmless[i]) == 0)
			return false;
	fprintf(stderr, "%s needs packets that the CPU can read or write, and it can't map the "
		"dma-buf of %s: set fwd io, or rxonly\n", what, a->pool);
	return true;
}

void
dmabuf_close(void)
{
	struct area *a;
	portid_t port;

	if (areas == NULL)
		return;
	rte_eth_dev_callback_unregister(RTE_ETH_ALL, RTE_ETH_EVENT_DESTROY, port_closed, NULL);
	while (areas != NULL) {
		a = areas;
		areas = a->next;
		/* of a port that could not be closed */
		for (port = 0; port < RTE_MAX_ETHPORTS; port++)
			area_remove_port(a, port);
		if (rte_extmem_unregister(a->va, a->len) != 0)
			TESTPMD_LOG(ERR, "--dmabuf: rte_extmem_unregister() of %s: %s\n", a->pool,
				rte_strerror(rte_errno));
		munmap(a->room, a->len + a->page_sz);
		free(a->runs);
		free(a);
	}
	if (asked.source == SOURCE_FD)
		close(asked.fd);
}

/* The name of the driver that exports a dma-buf, as the kernel tells it. */
static void
exporter_name(int fd, char name[64])
{
	char path[64], line[128];
	FILE *info;

	strcpy(name, "unknown");
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	if (info == NULL)
		return;
	while (fgets(line, sizeof(line), info) != NULL)
		if (sscanf(line, "exp_name: %63s", name) == 1)
			break;
	fclose(info);
}

/* The first list of a walk is number 0: it is EAL's own. */
static int
first_list(const struct rte_memseg_list *msl, void *arg)
{
	*(const struct rte_memseg_list **)arg = msl;
	return 1;
}

static void
show_area(const struct area *a)
{
	const struct rte_memseg_list *first = NULL, *msl = rte_mem_virt2memseg_list(a->va);
	char exporter[64];
	uint64_t offset;
	portid_t port;
	int fd;

	printf("\n********************* dma-buf of %s *********************\n", a->pool);
	fd = rte_memseg_list_get_dmabuf_fd(msl);
	if (fd < 0 || rte_memseg_list_get_dmabuf_offset(msl, &offset) != 0) {
		printf("not registered: %s\n", rte_strerror(rte_errno));
		return;
	}
	rte_memseg_list_walk(first_list, &first);
	exporter_name(fd, exporter);
	printf("Source: %s\nExporter: %s\n", source_names[asked.source], exporter);
	printf("Memseg list: %td\n", msl - first);
	printf("VA: %p\nLength: %zu\nOffset: %#" PRIx64 "\n", a->va, a->len, offset);
	printf("Page size: %zu\nDescriptor: %d\n", a->page_sz, fd);
	printf("CPU access: %s\n", a->cpu ? "yes" : "no");
	RTE_ETH_FOREACH_DEV(port) {
		static const char *const by[] = {
			[REACH_NONE] = "not mapped",
			[REACH_MAPPED] = "mapped",
			[REACH_SHARED] = "mapped, for another port too",
			[REACH_PHYSICAL] = "not mapped: works by physical addresses",
			[REACH_DRIVER] = "not mapped: its driver asks for no mapping",
		};

		printf("Port %u: %s\n", port, by[a->ports[port].by]);
	}
}

struct show_dmabuf_result {
	cmdline_fixed_string_t show;
	cmdline_fixed_string_t dmabuf;
};

static void
show_dmabuf_parsed(void *result, struct cmdline *cl, void *data)
{
	const struct area *a;

	RTE_SET_USED(result);
	RTE_SET_USED(cl);
	RTE_SET_USED(data);
	if (areas == NULL)
		printf("No pool is in a dma-buf\n");
	for (a = areas; a != NULL; a = a->next)
		show_area(a);
}

static cmdline_parse_token_string_t show_dmabuf_show =
	TOKEN_STRING_INITIALIZER(struct show_dmabuf_result, show, "show");
static cmdline_parse_token_string_t show_dmabuf_dmabuf =
	TOKEN_STRING_INITIALIZER(struct show_dmabuf_result, dmabuf, "dmabuf");

cmdline_parse_inst_t cmd_show_dmabuf = {
	.f = show_dmabuf_parsed,
	.data = NULL,
	.help_str = "show dmabuf: Show the dma-bufs that packets are in",
	.tokens = {
		(void *)&show_dmabuf_show,
		(void *)&show_dmabuf_dmabuf,
		NULL,
	},
};
