/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Sequences of calls of the API of external memory, each compared with what the model says, and all
 * that EAL has with what the model has: lists, descriptors, look-ups.
 *
 * Prints TAP: the calls of a sequence that differs, and the seed that repeats it.
 *
 * usage: sequences [--guest] [--seed N] COUNT|FILE...     as many at random, from that seed on; or those of a
 *        file, a line of hexadecimal digits each
 * Under libFuzzer, that decides on the bytes.
 *
 * A dma-buf is one that the kernel made with --guest, where /dev/udmabuf is, and else a stand-in: a memfd
 * for which fstatfs() says DMA_BUF_MAGIC. The kernel does the rest for a memfd as for a dma-buf.
 * With --guest, EAL has hugepages, and its own memory grows, too.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memory.h>

#include "eal_memcfg.h"
#include "eal_private.h"

#include "nic.h"
#include "sources.h"
#include "state.h"

#define MEMSEGS 4096u /* more take too long */
#define CALLS 24u
#define OBJECTS 8u
#define GROWTH (16u << 20)
#define NUMBERS 16u /* of the first lists, whose descriptors' numbers somebody else takes */

static rte_iova_t iovas[MEMSEGS];
static struct {
	void *at;
	unsigned int list;
} objects[OBJECTS];
static uint64_t n_calls;

/* ---- what bytes mean ---- */

struct bytes {
	const uint8_t *at, *end;
};

static unsigned int
next(struct bytes *b)
{
	return b->at < b->end ? *b->at++ : 0;
}

/* Most values are good ones, so that sequences get somewhere. */
static uint64_t
number(unsigned int byte, uint64_t good)
{
	static const uint64_t edges[] = {
		0, 1, PAGE - 1, PAGE, PAGE + 1, UINT64_C(1) << 21, UINT64_C(1) << 31, UINT64_C(1) << 32,
		UINT64_C(1) << 47, UINT64_C(1) << 63, UINT64_MAX - PAGE + 1, UINT64_MAX,
	};
	unsigned int edge = byte - (256 - RTE_DIM(edges));

	return edge < RTE_DIM(edges) ? edges[edge] : good;
}

static uintptr_t
next_va(struct bytes *b)
{
	unsigned int byte = next(b);

	if (byte >= 236 && byte < 240)
		return CHUNKS + (byte - 236) * CHUNK_LEN * 16;
	if (byte >= 240 && byte < 244) /* EAL's own */
		return model.lists[0].va + (byte - 240) * PAGE;
	return number(byte, ARENA + byte % ARENA_PAGES * PAGE);
}

static size_t
next_page_sz(struct bytes *b)
{
	static const size_t sizes[] = {
		PAGE, PAGE, PAGE, PAGE, 2 * PAGE, 3 * PAGE, 16 * PAGE, 1u << 30,
	};
	unsigned int byte = next(b);

	return number(byte, sizes[byte % RTE_DIM(sizes)]);
}

/* A range that is registered, most often, or any. */
static void
next_range(struct bytes *b, uintptr_t *va, size_t *len)
{
	unsigned int byte = next(b), i, n = 0;

	if (byte >= 64) {
		for (i = n_own_lists; i < LISTS; i++)
			n += model.lists[i].used;
		for (i = n_own_lists; i < LISTS && n > 0; i++) {
			if (!model.lists[i].used || byte-- % n != 0)
				continue;
			*va = model.lists[i].va;
			*len = model.lists[i].len;
			return;
		}
	}
	*va = next_va(b);
	byte = next(b);
	*len = number(byte, (byte % 8 + 1) * PAGE);
}

/* ---- calls ---- */

static unsigned int
next_n_pages(struct bytes *b, size_t len, size_t page_sz, bool *has_iovas)
{
	unsigned int byte = next(b);

	*has_iovas = byte & 1;
	/* the array has no more */
	if (*has_iovas && page_sz != 0 && len / page_sz > MEMSEGS)
		return 0;
	return page_sz == 0 ? 1 : len / page_sz + (byte % 16 == 15) - (byte % 16 == 13);
}

static void
fill_iovas(uint64_t first, size_t page_sz, bool has_iovas)
{
	unsigned int i;

	for (i = 0; has_iovas && i < MEMSEGS; i++)
		iovas[i] = first + i * page_sz;
}

static bool
takes_too_long(size_t len, size_t page_sz)
{
	return page_sz != 0 && len / page_sz > MEMSEGS && len / page_sz <= UINT32_MAX / MEMSEG_BYTES;
}

static void
do_register_dmabuf(struct bytes *b)
{
	uintptr_t va = next_va(b);
	unsigned int byte = next(b), n_pages, which;
	size_t len = number(byte, (byte % 8 + 1) * PAGE), page_sz = next_page_sz(b);
	uint64_t offset, iova = UINT64_C(0x100000000) * (next(b) + 1);
	bool has_iovas;
	int fd, want;

	if (page_sz >= 1u << 30 && len % page_sz != 0 && len <= 8 * PAGE)
		len = (len / PAGE) * page_sz, va = ARENA;
	else if (page_sz > PAGE && page_sz <= 16 * PAGE && byte < 128) /* else alignment is rare */
		va -= va % page_sz, len += page_sz - (len - 1) % page_sz - 1;
	n_pages = next_n_pages(b, len, page_sz, &has_iovas);
	which = next(b);
	byte = next(b);
	offset = number(byte, byte % 8 * PAGE);
	fd = source_fd(which);
	if (takes_too_long(len, page_sz))
		return;
	state_note("register_dmabuf(%#" PRIxPTR ", %#zx, source %u, %#" PRIx64 ", %s, %u, %#zx)\n", va, len,
		which % N_SOURCES, offset, has_iovas ? "iovas" : "NULL", n_pages, page_sz);
	fill_iovas(iova, page_sz, has_iovas);
	want = model_register_dmabuf(&model, va, len, source_of(which), offset, has_iovas, n_pages, page_sz,
		iova);
	state_expect(want, rte_extmem_register_dmabuf((void *)va, len, fd, offset, has_iovas ? iovas : NULL, n_pages,
		page_sz));
}

static void
do_register(struct bytes *b)
{
	uintptr_t va = next_va(b);
	unsigned int byte = next(b), n_pages;
	size_t len = number(byte, (byte % 8 + 1) * PAGE), page_sz = next_page_sz(b);
	uint64_t iova = UINT64_C(0x100000000) * (next(b) + 1);
	bool has_iovas;
	int want;

	n_pages = next_n_pages(b, len, page_sz, &has_iovas);
	if (page_sz == 0 || len / page_sz > MEMSEGS)
		return;
	/* heaps write to their memory */
	if (va >= CHUNKS && va < CHUNKS + N_CHUNKS * CHUNK_LEN * 16)
		return;
	state_note("register(%#" PRIxPTR ", %#zx, %s, %u, %#zx)\n", va, len, has_iovas ? "iovas" : "NULL", n_pages,
		page_sz);
	fill_iovas(iova, page_sz, has_iovas);
	want = model_register(&model, va, len, has_iovas, n_pages, page_sz, iova);
	if (want != MODEL_UNDEFINED)
		state_expect(want, rte_extmem_register((void *)va, len, has_iovas ? iovas : NULL, n_pages, page_sz));
}

static void
do_unregister(uintptr_t va, size_t len)
{
	int want = model_unregister(&model, va, len);

	state_note("unregister(%#" PRIxPTR ", %#zx)\n", va, len);
	if (want != MODEL_UNDEFINED)
		state_expect(want, rte_extmem_unregister((void *)va, len));
}

static void
do_attach(uintptr_t va, size_t len)
{
	const struct rte_memseg_list *msl;
	int want = model_attach(&model, va, len), ret;
	unsigned int i = model_find_exact(&model, va, len);
	void *memsegs;

	state_note("attach(%#" PRIxPTR ", %#zx)\n", va, len);
	if (want == MODEL_UNDEFINED)
		return;
	ret = rte_extmem_attach((void *)va, len);
	if (want != MODEL_AS_MAPPED) {
		state_expect(want, ret);
		return;
	}
	model.lists[i].attached = ret == 0;
	if (ret == 0)
		return;
	msl = &mcfg->memsegs[i];
	if (model.lists[i].dmabuf && rte_errno != EADDRNOTAVAIL)
		state_differ("not attached: %s", strerrorname_np(rte_errno));
	memsegs = mmap(msl->memseg_arr.data, msl->memseg_arr.len * msl->memseg_arr.elt_sz, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (memsegs != MAP_FAILED)
		state_differ("not attached, but nothing is mapped where its memsegs were");
}

static void
do_detach(uintptr_t va, size_t len)
{
	int want = model_detach(&model, va, len);

	state_note("detach(%#" PRIxPTR ", %#zx)\n", va, len);
	if (want != MODEL_UNDEFINED)
		state_expect(want, rte_extmem_detach((void *)va, len));
}

/* Part of what is registered, or beyond, for the device. */
static void
do_dma(struct bytes *b)
{
	unsigned int byte = next(b), i;
	struct nic_mr last;
	uintptr_t va;
	size_t len;
	int want;

	next_range(b, &va, &len);
	if (byte & 1 && len > PAGE)
		va += PAGE, len -= PAGE;
	if (byte & 2 && len > PAGE)
		len -= PAGE + 1;
	len += byte % 16 == 4 ? PAGE : 0;
	va += byte % 16 == 8;
	if (nic() == NULL)
		return;
	if (byte < 64) {
		if (byte < 56 && model.n_mappings > 0)
			va = model.mappings[byte % model.n_mappings].va;
		state_note("dma_unmap(%#" PRIxPTR ", %#zx)\n", va, len);
		want = model_dma_unmap(&model, va, len);
		state_expect(want, rte_dev_dma_unmap(nic(), (void *)va, RTE_BAD_IOVA, len));
		return;
	}
	state_note("dma_map(%#" PRIxPTR ", %#zx)\n", va, len);
	want = model_dma_map(&model, va, len);
	if (want == MODEL_UNDEFINED)
		return;
	state_expect(want, rte_dev_dma_map(nic(), (void *)va, RTE_BAD_IOVA, len));
	nic_registered(&last);
	i = model_find(&model, va);
	if (want == MODEL_OK && (last.fd != fd_base + (int)i || last.va != va || last.len != len ||
			last.offset != model.lists[i].offset + (va - model.lists[i].va)))
		state_differ("the device was given descriptor %d, offset %#" PRIx64 ", %zu bytes at %#" PRIxPTR, last.fd,
			last.offset, last.len, last.va);
}

static const char *
heap_name(unsigned int heap)
{
	return heap == 0 ? "first" : "second";
}

static void
do_heap(struct bytes *b)
{
	unsigned int byte = next(b), heap = byte % HEAPS, chunk = byte / HEAPS % N_CHUNKS;
	uintptr_t va = CHUNKS + chunk * CHUNK_LEN * 16;
	const char *name = heap_name(heap);
	int want;

	switch (next(b) % 8) {
	case 0:
		state_note("heap_create(%s)\n", name);
		want = model_heap_create(&model, heap);
		if (want != MODEL_UNDEFINED)
			state_expect(want, rte_malloc_heap_create(name));
		break;
	case 1:
		state_note("heap_destroy(%s)\n", name);
		want = model_heap_destroy(&model, heap);
		state_expect(want, rte_malloc_heap_destroy(name));
		break;
	case 2:
	case 3:
	case 4:
		state_note("heap_memory_add(%s, %#" PRIxPTR ")\n", name, va);
		want = model_heap_add(&model, heap, va, CHUNK_LEN, PAGE);
		if (want != MODEL_UNDEFINED)
			state_expect(want, rte_malloc_heap_memory_add(name, (void *)va, CHUNK_LEN, NULL, 0, PAGE));
		break;
	default:
		state_note("heap_memory_remove(%s, %#" PRIxPTR ")\n", name, va);
		want = model_heap_remove(&model, heap, va, CHUNK_LEN);
		state_expect(want, rte_malloc_heap_memory_remove(name, (void *)va, CHUNK_LEN));
	}
}

static void
do_free(unsigned int i)
{
	state_note("free(%p)\n", objects[i].at);
	rte_free(objects[i].at);
	if (objects[i].list < n_own_lists && rte_mem_virt2memseg(RTE_PTR_ADD(objects[i].at, GROWTH / 2), NULL)->len != 0)
		state_differ("EAL's memory has not shrunk");
	model.lists[objects[i].list].n_objects--;
	objects[i].at = NULL;
}

/* From EAL's own heap, which grows for it. */
static void
do_grow(unsigned int i)
{
	const struct rte_memseg *ms;
	uint8_t *at;
	size_t k;

	state_note("malloc(%u)\n", GROWTH);
	at = rte_malloc("model", GROWTH, 0);
	if (at == NULL)
		state_differ("no memory");
	objects[i].at = at;
	objects[i].list = model_find(&model, (uintptr_t)at);
	for (k = 0; k < GROWTH; k += PAGE) {
		ms = rte_mem_virt2memseg(at + k, NULL);
		if (objects[i].list >= n_own_lists || ms == NULL || (uintptr_t)at + k - ms->addr_64 >= ms->len)
			state_differ("memory at %p, but its memsegs", at + k);
	}
	model.lists[objects[i].list].n_objects++;
}

static void
do_malloc(struct bytes *b)
{
	unsigned int byte = next(b), heap = byte % HEAPS, i = byte / HEAPS % OBJECTS, list, n = 0;
	void *at;

	if (objects[i].at != NULL) {
		do_free(i);
		return;
	}
	if (rte_eal_has_hugepages() && byte >= 224) {
		do_grow(i);
		return;
	}
	if (!model.heaps[heap].used)
		return;
	for (list = 0; list < LISTS; list++)
		n += model.lists[list].heap == (int)heap + 1;
	state_note("malloc(%s)\n", heap_name(heap));
	at = rte_malloc_socket("model", 64, 0, model.heaps[heap].socket);
	list = at == NULL ? LISTS : model_find(&model, (uintptr_t)at);
	if ((at != NULL) != (n > 0) || (at != NULL && (list == LISTS || model.lists[list].heap != (int)heap + 1)))
		state_differ("memory at %p, of %u chunks", at, n);
	if (at == NULL)
		return;
	objects[i].at = at;
	objects[i].list = list;
	model.lists[list].n_objects++;
}

/* Somebody else takes or leaves the number of a list's descriptor. */
static void
do_take_number(unsigned int i)
{
	if (model.lists[i].dmabuf && model.lists[i].attached)
		return;
	state_note("%s number %d\n", model.number_in_use[i] ? "leave" : "take", fd_base + i);
	if (model.number_in_use[i])
		close(fd_base + i);
	else if (fcntl(0, F_DUPFD_CLOEXEC, fd_base + i) != fd_base + (int)i)
		state_differ("number %d is in use", fd_base + i);
	model.number_in_use[i] = !model.number_in_use[i];
}

static void
do_call(struct bytes *b)
{
	uintptr_t va;
	size_t len;

	n_calls++;
	switch (next(b) % 16) {
	case 0: case 1: case 2: case 3: case 4:
		do_register_dmabuf(b);
		break;
	case 5:
		do_register(b);
		break;
	case 6: case 13:
		do_dma(b);
		break;
	case 7: case 8: case 9:
		next_range(b, &va, &len);
		do_unregister(va, len);
		break;
	case 10: case 11:
		next_range(b, &va, &len);
		do_attach(va, len);
		break;
	case 12:
		next_range(b, &va, &len);
		do_detach(va, len);
		break;
	case 14:
		if (next(b) % 4 == 0)
			do_take_number(n_own_lists + next(b) % NUMBERS);
		else
			do_malloc(b);
		break;
	default:
		do_heap(b);
	}
}

/* Leave nothing: what is attached first, as its memsegs may be where a detached list's were. */
static void
clean_up(void)
{
	unsigned int i, pass;

	for (i = 0; i < OBJECTS; i++) {
		if (objects[i].at != NULL)
			do_free(i);
	}
	for (i = 0; i < LISTS; i++) {
		if (model.number_in_use[i])
			do_take_number(i);
	}
	for (pass = 0; pass < 2; pass++) {
		for (i = n_own_lists; i < LISTS; i++) {
			const struct list list = model.lists[i];

			if (!list.used || (pass == 0 && !list.attached))
				continue;
			if (list.heap != 0) {
				model_heap_remove(&model, list.heap - 1, list.va, list.len);
				state_expect(MODEL_OK, rte_malloc_heap_memory_remove(heap_name(list.heap - 1),
					(void *)list.va, list.len));
				continue;
			}
			if (!list.attached && !list.dmabuf)
				do_attach(list.va, list.len);
			do_unregister(list.va, list.len);
			state_compare();
		}
	}
	for (i = 0; i < HEAPS; i++) {
		if (model.heaps[i].used) {
			model_heap_destroy(&model, i);
			state_expect(MODEL_OK, rte_malloc_heap_destroy(heap_name(i)));
		}
	}
	state_compare();
	state_compare_fds();
}

static void
run(const uint8_t *data, size_t size)
{
	struct bytes b = { data, data + size };
	unsigned int i;

	for (i = 0; i < CALLS && b.at < b.end; i++) {
		do_call(&b);
		state_compare();
	}
	state_compare_fds();
	clean_up();
}

/* ---- programs ---- */

#ifdef FUZZ

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc __rte_unused, char ***argv)
{
	state_start((*argv)[0], false);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	state_forget_notes();
	state_others_fds(); /* libFuzzer has some, too */
	run(data, size);
	return 0;
}

#else

static uint64_t
next_random(uint64_t *state)
{
	/* splitmix64 */
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
run_random(uint64_t seed)
{
	uint64_t data[CALLS], state = seed;
	unsigned int i;

	state_forget_notes();
	state_note("seed %" PRIu64 "\n", seed);
	for (i = 0; i < CALLS; i++)
		data[i] = next_random(&state);
	run((uint8_t *)data, sizeof(data[0]) * (1 + seed % CALLS));
}

static uint64_t
run_count(uint64_t *seed, uint64_t count)
{
	uint64_t i;

	for (i = 0; i < count; i++, ++*seed) {
		run_random(*seed);
		if (i % 1024 == 1023 || i == count - 1)
			state_compare_heap();
	}
	return count;
}

static uint64_t
run_file(const char *path)
{
	uint8_t data[512];
	char line[2 * sizeof(data) + 2]; /* with the end of the line */
	FILE *f = fopen(path, "r");
	uint64_t n = 0;

	if (f == NULL)
		err(EXIT_FAILURE, "%s", path);
	state_others_fds(); /* the file is another */
	while (fgets(line, sizeof(line), f) != NULL) {
		size_t len = 0;

		n++;
		while (len < sizeof(data) && sscanf(&line[2 * len], "%2hhx", &data[len]) == 1)
			len++;
		if (len == 0 || strcmp(&line[2 * len], "\n") != 0)
			errx(EXIT_FAILURE, "%s:%" PRIu64 ": no line of hexadecimal digits, two for a byte", path, n);
		state_forget_notes();
		state_note("%s:%" PRIu64 "\n", path, n);
		run(data, len);
	}
	if (n == 0)
		errx(EXIT_FAILURE, "%s is empty", path);
	state_compare_heap();
	fclose(f);
	state_others_fds();
	return n;
}

int
main(int argc, char **argv)
{
	bool guest = argc > 1 && strcmp(argv[1], "--guest") == 0;
	int arg = 1 + guest, n_args;
	uint64_t seed = 0;

	if (arg + 1 < argc && strcmp(argv[arg], "--seed") == 0) {
		seed = strtoull(argv[arg + 1], NULL, 0);
		arg += 2;
	}
	if (arg >= argc) {
		fprintf(stderr, "usage: %s [--guest] [--seed N] COUNT|FILE...\n", argv[0]);
		return 2;
	}
	state_start(argv[0], guest);
	n_args = argc - arg;
	printf("1..%d\n", n_args);
	for (; arg < argc; arg++) {
		char *end;
		uint64_t count = strtoull(argv[arg], &end, 0);

		n_calls = 0;
		count = *end == '\0' ? run_count(&seed, count) : run_file(argv[arg]);
		printf("ok %d - %" PRIu64 " sequences of %" PRIu64 " calls as the model has them, with %s\n",
			arg - argc + n_args + 1, count, n_calls, guest ? "dma-bufs" : "stand-ins for dma-bufs");
	}
	rte_eal_cleanup();
	nic_remove();
	return 0;
}

#endif
