/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * dma-bufs of one process in the hands of another, by virtio-user over vhost-user; prints TAP.
 *
 * usage: vhost [PACKETS], which go through each dma-buf in each direction
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/dma-heap.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#include "demo.h"
#include "vhost.h"

#define PATH "/run/vhost-test.sock"
#define OFFSET 0x510000
#define FEW 2000u
#define MAX_REGIONS 8u
#define ADDRESS_OF_SECONDARY ((void *)0x6d0000000000) /* where no process has anything */

static unsigned int n_results, n_failed;
static uint64_t n_packets = 100000, next_seq;
static struct other back, secondary;
static struct rte_mempool *plain_pool; /* in EAL's own memory */
static FILE *log_file;
static long log_from;

static bool
result(bool ok, const char *what)
{
	n_failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++n_results, what);
	return ok;
}

static void
bail_out(const char *why)
{
	printf("Bail out! %s\n", why);
	exit(EXIT_FAILURE);
}

/* ---- the front's log ---- */

static void
log_mark(void)
{
	fseek(log_file, 0, SEEK_END);
	log_from = ftell(log_file);
}

/* Was this logged since the mark? */
static bool
log_has(const char *text)
{
	char line[1024];
	bool found = false;

	fflush(log_file);
	fseek(log_file, log_from, SEEK_SET);
	while (fgets(line, sizeof(line), log_file) != NULL)
		found |= strstr(line, text) != NULL;
	fseek(log_file, 0, SEEK_END);
	if (!found)
		printf("# the log does not say: %s\n", text);
	return found;
}

static void
log_show(void)
{
	char line[1024];

	rewind(log_file);
	while (fgets(line, sizeof(line), log_file) != NULL)
		fputs(line, stderr);
}

/* ---- what the back has ---- */

static struct call
region_of(const void *va)
{
	struct call call = { .op = OP_REGION, .at = (uintptr_t)va, .len = LIST_LEN };

	other_do(&back, &call);
	return call;
}

static bool
back_has(const struct memory *mem)
{
	struct call call = region_of(mem->va);

	if (call.packets && call.offset == mem->offset)
		return true;
	if (call.packets)
		printf("# the back end has it at offset %#lx\n", (unsigned long)call.offset);
	return false;
}

static bool
back_has_not(const void *va)
{
	struct call call = region_of(va);

	return call.error == 0 && !call.packets;
}

/* Pages that are others at the back: what one side writes, the other does not see. */
static uint64_t
pages_that_differ(const struct memory *mem)
{
	static uint64_t value;
	struct call call = {
		.op = OP_MARK, .at = (uintptr_t)mem->va, .len = LIST_LEN, .n = LIST_PAGES,
	};
	uint64_t differ = 0, i;

	value += UINT64_C(0x100000000);
	call.value = value;
	if (!other_do(&back, &call))
		return LIST_PAGES;
	for (i = 0; i < LIST_PAGES; i++) {
		volatile uint64_t *page = (volatile uint64_t *)(mem->other + i * PAGE_LEN_OF_TEST);

		differ += *page != value + i;
		*page = ~(value + i);
		*page = value + LIST_PAGES + i;
	}
	call.op = OP_SEE;
	call.value = value + LIST_PAGES;
	if (!other_do(&back, &call))
		return LIST_PAGES;
	return differ + call.mismatches;
}

/* ---- packets ---- */

static void
show(const struct memory *mem, const char *direction, const struct count *count)
{
	printf("# %-12s %#8lx  %-13s %8lu %11lu %10lu %6lu\n", mem->name,
		(unsigned long)mem->offset, direction, (unsigned long)count->packets,
		(unsigned long)count->bytes, (unsigned long)count->mismatches,
		(unsigned long)pages_that_differ(mem));
}

/* From the pool of a memory to the back. */
static bool
send_from(struct rte_mempool *pool, uint64_t n, struct count *count)
{
	struct call call = { .op = OP_RECEIVE, .at = next_seq, .n = n };
	uint64_t n_sent;

	if (!other_begin(&back, &call))
		return false;
	n_sent = port_send(pool, next_seq, n);
	next_seq += n;
	if (!other_finish(&back, &call))
		return false;
	*count = (struct count){ call.packets, call.bytes, call.mismatches };
	if (n_sent == n && count->packets == n && count->mismatches == 0)
		return true;
	printf("# sent %lu of %lu, received %lu, wrong %lu\n", (unsigned long)n_sent,
		(unsigned long)n, (unsigned long)count->packets, (unsigned long)count->mismatches);
	return false;
}

static int
compare_doubles(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

/* How long packets of a pool take that nobody writes or looks at. */
static double
cycles_of(struct rte_mempool *pool, uint64_t n)
{
	struct call call = { .op = OP_COUNT, .n = n };
	uint64_t start = rte_get_timer_cycles(), n_sent;

	if (!other_begin(&back, &call))
		return 0;
	n_sent = port_send_as_they_are(pool, n);
	if (!other_finish(&back, &call) || n_sent != n || call.packets != n)
		return 0;
	return rte_get_timer_cycles() - start;
}

/* Not a result: it depends on what else the machine does. */
static void
show_throughput(const struct memory *mem)
{
	double ratios[9];
	unsigned int i;

	for (i = 0; i < RTE_DIM(ratios); i++) {
		double own = cycles_of(plain_pool, n_packets);
		double dmabuf = cycles_of(mem->pool, n_packets);

		ratios[i] = dmabuf > 0 ? own / dmabuf : 0;
	}
	qsort(ratios, RTE_DIM(ratios), sizeof(ratios[0]), compare_doubles);
	printf("# throughput to the back end, packets in the %s against hugepages: %.2f (%.2f to %.2f in %zu pairs)\n",
		mem->name, ratios[RTE_DIM(ratios) / 2], ratios[0], ratios[RTE_DIM(ratios) - 1],
		RTE_DIM(ratios));
}

/* From the back to memory that the port receives into. */
static bool
receive_into(const struct memory *mem, uint64_t n, struct count *count)
{
	struct call call = { .op = OP_SEND, .at = next_seq, .n = n };

	if (!other_begin(&back, &call))
		return false;
	port_receive(mem, next_seq, n, count);
	next_seq += n;
	if (!other_finish(&back, &call))
		return false;
	if (call.packets == n && count->packets == n && count->mismatches == 0)
		return true;
	printf("# sent %lu of %lu, received %lu, wrong %lu\n", (unsigned long)call.packets,
		(unsigned long)n, (unsigned long)count->packets, (unsigned long)count->mismatches);
	return false;
}

static bool
sends(struct rte_mempool *pool)
{
	struct count count;

	return send_from(pool, 64, &count);
}

static bool
wait_connected(bool wanted)
{
	return other_do(&back, &(struct call){ .op = OP_WAIT, .n = wanted });
}

/* Plug the port and start it. */
static bool
open_port(const char *args, struct rte_mempool *rx_pool)
{
	return port_plug(PATH, args) && port_start(rx_pool) == 0 && wait_connected(true);
}

static bool
close_port(void)
{
	return port_unplug() && wait_connected(false);
}

/* virtio keeps the buffers that it has when it is to receive into another pool. */
static bool
reopen_port(struct rte_mempool *rx_pool)
{
	return close_port() && open_port("", rx_pool);
}

/* ---- cases ---- */

static void
test_packets(const struct memory *mem, uint64_t n)
{
	struct count sent = { 0 }, received = { 0 };
	char what[128];
	bool ok;

	snprintf(what, sizeof(what), "%lu packets from the %s at %#lx, each right",
		(unsigned long)n, mem->name, (unsigned long)mem->offset);
	ok = send_from(mem->pool, n, &sent);
	result(ok, what);
	ok = reopen_port(mem->pool) && receive_into(mem, n, &received);
	snprintf(what, sizeof(what), "%lu packets into it, each right", (unsigned long)n);
	result(ok, what);
	show(mem, "to back end", &sent);
	show(mem, "from back end", &received);
	result(pages_that_differ(mem) == 0, "its pages are the same in both processes");
}

/* The rings that virtio-user knows, and those of its paths that need one each. */
static void
test_paths(const struct memory *mem)
{
	static const char *const args[] = {
		"mrg_rxbuf=0,in_order=0", "mrg_rxbuf=0,in_order=0,vectorized=1",
		"mrg_rxbuf=1,in_order=1", "packed_vq=1", "packed_vq=1,mrg_rxbuf=0,in_order=1",
		"packed_vq=1,mrg_rxbuf=0,in_order=1,vectorized=1",
	};
	struct count count;
	unsigned int i;
	char what[128];
	bool ok;

	for (i = 0; i < RTE_DIM(args); i++) {
		ok = open_port(args[i], mem->pool) && back_has(mem) &&
			send_from(mem->pool, FEW, &count) && receive_into(mem, FEW, &count);
		snprintf(what, sizeof(what), "%u packets each way with %s", FEW, args[i]);
		result(close_port() && ok, what);
	}
}

static void
test_come_and_go(void)
{
	struct memory first, second;
	void *va;

	if (!memory_create(&first, "udmabuf", 4096, NULL))
		return;
	va = first.va;
	result(memory_register(&first) && back_has(&first) && pages_that_differ(&first) == 0,
		"registered after the start: the back end has it at once");
	result(memory_unregister(&first) && back_has_not(va), "unregistered: it has it no more");
	memory_close(&first);

	/* at the same addresses another one, while the port is stopped */
	if (!memory_create(&first, "udmabuf", 0, va) || !memory_register(&first) ||
			!back_has(&first)) {
		result(false, "another one at the same addresses");
		return;
	}
	rte_eth_dev_stop(port);
	memory_close(&first);
	result(memory_create(&second, "udmabuf", 0, va) && memory_register(&second) &&
		port_start(plain_pool) == 0 && back_has(&second) && pages_that_differ(&second) == 0,
		"replaced while the port is stopped: the back end has the new one");
	memory_close(&second);
}

static void
test_no_fd(void)
{
	struct memory ordinary;
	int ret;

	if (!memory_create(&ordinary, NULL, 0, NULL))
		return;
	result(memory_register(&ordinary) && back_has_not(ordinary.va) &&
		port_start(plain_pool) == 0 && sends(plain_pool),
		"external memory that has no descriptor is passed over");
	log_mark();
	ret = memory_pool(&ordinary) ? port_start(ordinary.pool) : 0;
	result(ret == -EINVAL && log_has("can't receive into pool"),
		"a port that is to receive into it does not start, and says why");
	result(port_start(plain_pool) == 0 && sends(plain_pool), "with another pool it does");
	memory_close(&ordinary);
}

/* A dma-buf that the back end could not map: it would refuse all memory. */
static void
test_not_mappable(void)
{
	struct dma_heap_allocation_data alloc = { .len = LIST_LEN, .fd_flags = O_RDONLY | O_CLOEXEC };
	int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);
	struct memory mem;
	bool ok;

	if (!memory_create(&mem, NULL, 0, NULL) || heap < 0 ||
			ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &alloc) != 0) {
		result(false, "a dma-buf to read only");
		return;
	}
	close(heap);
	mem.fd = alloc.fd;
	log_mark();
	ok = memory_register(&mem) && back_has_not(mem.va) && sends(plain_pool);
	result(ok && log_has("can't be mapped"),
		"a dma-buf that can't be mapped is passed over, and the log says so");
	result(memory_pool(&mem) && port_start(mem.pool) == -EINVAL,
		"nor does a port start that is to receive into it");
	result(port_start(plain_pool) == 0, "with another pool it does");
	memory_close(&mem);
}

/* Have the back no more address space than it uses, and some, or as much as it likes. */
static bool
limit_back(bool limited)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned long pages = 0;
	char name[64];
	FILE *statm;

	snprintf(name, sizeof(name), "/proc/%d/statm", back.pid);
	statm = fopen(name, "r");
	if (statm == NULL)
		return false;
	if (fscanf(statm, "%lu", &pages) != 1)
		pages = 0;
	fclose(statm);
	if (limited)
		limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + LIST_LEN / 2;
	return pages > 0 && prlimit(back.pid, RLIMIT_AS, &limit, NULL) == 0;
}

/* A back end that can't map what this process can. */
static void
test_refused(const struct memory *mem)
{
	struct memory more;
	bool ok;

	log_mark();
	ok = memory_create(&more, "udmabuf", 0, NULL) && limit_back(true) && memory_register(&more);
	result(ok && log_has("was not told of the dma-buf"),
		"a back end that refuses the table: the log says so");
	result(back_has_not(mem->va) && back_has_not(more.va) && sends(plain_pool),
		"it goes on with ordinary memory");
	log_mark();
	result(port_start(plain_pool) == -EIO && log_has("did not get its memory"),
		"a port does not start then, and says why");
	ok = limit_back(false) && port_start(plain_pool) == 0 && wait_connected(true);
	result(ok && back_has(mem) && back_has(&more) && sends(mem->pool),
		"when it refuses no more, the port starts, and the back end has them all");
	memory_close(&more);
}

/* regions that the back could still have */
static unsigned int n_free;

static void
test_too_many(const struct memory *mem)
{
	struct memory more[MAX_REGIONS];
	unsigned int n;
	bool ok = true;
	int ret;

	n_free = MAX_REGIONS - region_of(mem->va).n_regions;
	for (n = 0; n < n_free && ok; n++)
		ok = memory_create(&more[n], "udmabuf", 0, NULL) && memory_register(&more[n]) &&
			back_has(&more[n]);
	result(ok && port_start(plain_pool) == 0, "as many dma-bufs as the table has room for");
	log_mark();
	ok = memory_create(&more[n], "udmabuf", 0, NULL) && memory_register(&more[n]);
	n++;
	result(ok && back_has_not(more[n - 1].va) && log_has("does not fit in the memory table"),
		"one more does not fit, and the log says what to do");
	result(back_has(mem) && back_has(&more[0]) && sends(mem->pool),
		"those that were there before go on");
	log_mark();
	ret = port_start(plain_pool);
	if (ret != -ENOSPC)
		printf("# rte_eth_dev_start(): %d\n", ret);
	result(ret == -ENOSPC && log_has("does not fit in the memory table"),
		"a port does not start then, and says why");
	result(memory_unregister(&more[0]) && back_has_not(more[0].va) && back_has(&more[n - 1]) &&
		port_start(plain_pool) == 0 && wait_connected(true) && sends(mem->pool),
		"with one less it does, and has the one that did not fit");
	while (n-- > 0)
		memory_close(&more[n]);
}

/* A back end must not keep what was replaced while the port did not start. */
static void
test_too_many_at_probe(const struct memory *mem)
{
	struct memory more[MAX_REGIONS];
	unsigned int n;
	bool ok = true;
	void *va;

	for (n = 0; n < n_free + 2 && ok; n++)
		ok = memory_create(&more[n], "udmabuf", 0, NULL) && memory_register(&more[n]);
	log_mark();
	result(ok && port_plug(PATH, "") && port_start(plain_pool) < 0 &&
		log_has("does not fit in the memory table"),
		"too many before the port is there: it does not start");
	va = more[0].va;
	memory_close(&more[--n]);
	memory_close(&more[--n]);
	memory_close(&more[0]);
	ok = memory_create(&more[0], "udmabuf", 0, va) && memory_register(&more[0]);
	result(ok && port_start(plain_pool) == 0 && wait_connected(true) && back_has(mem) &&
		pages_that_differ(&more[0]) == 0 && sends(mem->pool),
		"with two less it does, and has one that replaced another");
	while (n-- > 0)
		memory_close(&more[n]);
	result(close_port(), "the port is unplugged");
}

static void
test_secondary(void)
{
	struct memory mem = { .name = "udmabuf", .va = ADDRESS_OF_SECONDARY, .offset = OFFSET };
	struct call call = {
		.op = OP_REGISTER, .at = (uintptr_t)mem.va, .len = LIST_LEN, .value = OFFSET,
	};
	bool ok;

	mem.fd = -1;
	if (!other_start(&secondary, "secondary", "", "")) {
		result(false, "a secondary process");
		return;
	}
	ok = other_do(&secondary, &call);
	result(ok && back_has_not(mem.va),
		"what a secondary process registered, the front has not attached: passed over");
	ok = rte_extmem_attach(mem.va, LIST_LEN) == 0 && back_has(&mem);
	result(ok, "attached after the start: the back end has it");
	if (ok) {
		mem.fd = dup(rte_memseg_list_get_dmabuf_fd(rte_mem_virt2memseg_list(mem.va)));
		mem.va = mmap(mem.va, LIST_LEN, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED_NOREPLACE, mem.fd, OFFSET);
		mem.other = mmap(NULL, LIST_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, mem.fd, OFFSET);
		ok = mem.va == ADDRESS_OF_SECONDARY && memory_pool(&mem);
	}
	if (ok)
		test_packets(&mem, n_packets);
	result(reopen_port(plain_pool) && rte_extmem_detach(mem.va, LIST_LEN) == 0 &&
		back_has_not(mem.va), "detached: it has it no more");
	call.op = OP_UNREGISTER;
	result(other_do(&secondary, &call), "the secondary process unregisters it");
	memory_close(&mem);
	other_kill(&secondary);
}

static bool
wait_link(uint16_t status)
{
	struct rte_eth_link link;
	int i;

	for (i = 0; i < 10 * CONNECT_SECONDS; i++) {
		if (rte_eth_link_get_nowait(port, &link) == 0 && link.link_status == status)
			return true;
		usleep(100000);
	}
	return false;
}

/* The front listens, and the back ends and comes again. */
static void
test_server(const struct memory *mem)
{
	struct memory more;
	struct count count;
	bool ok;

	other_kill(&back);
	unlink(PATH);
	/* plugging waits for it */
	if (!other_start(&back, "back", PATH, "client") || !open_port("server=1", mem->pool)) {
		result(false, "a port that listens");
		return;
	}
	result(back_has(mem) && send_from(mem->pool, FEW, &count),
		"a port that listens: the back end has the dma-buf");
	other_kill(&back);
	ok = wait_link(RTE_ETH_LINK_DOWN) && memory_create(&more, "udmabuf", 4096, NULL) &&
		memory_register(&more);
	result(ok, "without a back end, a dma-buf is registered");
	ok = other_start(&back, "back", PATH, "client") && wait_link(RTE_ETH_LINK_UP);
	result(ok && wait_connected(true) && back_has(mem) && back_has(&more) &&
		pages_that_differ(mem) == 0 && pages_that_differ(&more) == 0,
		"a new back end has both");
	result(send_from(mem->pool, FEW, &count) && receive_into(mem, FEW, &count),
		"and packets go on, both ways");
	memory_close(&more);
	result(close_port(), "the port is unplugged");
	other_kill(&back);
	unlink(PATH);
	if (!other_start(&back, "back", PATH, "server"))
		bail_out("no back end");
}

/* Not how it should be, but how it is: a note for the guide. */
static void
show_missing(const struct memory *mem)
{
	struct memory ordinary;
	struct count count = { 0 };

	if (!memory_create(&ordinary, NULL, 0, NULL) || !memory_register(&ordinary) ||
			!memory_pool(&ordinary))
		return;
	send_from(ordinary.pool, 1, &count);
	printf("# a packet from memory that the back end has not: %lu arrived\n",
		(unsigned long)count.packets);
	send_from(mem->pool, 64, &count);
	printf("# and of 64 from a dma-buf after it: %lu\n", (unsigned long)count.packets);
	result(reopen_port(plain_pool) && sends(mem->pool),
		"a port that sent from missing memory sends again when it was unplugged");
	memory_close(&ordinary);
}

static void
test_back_gone(void)
{
	struct memory more;

	other_kill(&back);
	result(memory_create(&more, "udmabuf", 0, NULL) && memory_register(&more),
		"with a back end that died, a dma-buf is registered, and this process lives");
	memory_close(&more);
}

/* rte_panic() says why in the log. Whatever happens here, the test has failed. */
static void
aborting(int sig)
{
	(void)sig;
	log_show();
}

static int
front(void)
{
	char *args[] = {
		"front", "-l", "0", "-m", "64", "--file-prefix=" PREFIX, "--single-file-segments",
		"--no-pci", "--no-telemetry", "--log-level=pmd.net.virtio:info",
	};
	struct memory udmabuf, heap;

	unlink(PATH);
	log_file = tmpfile();
	if (log_file == NULL || rte_openlog_stream(log_file) != 0)
		bail_out("no log");
	if (!other_start(&back, "back", PATH, "server"))
		bail_out("no back end");
	if (rte_eal_init(RTE_DIM(args), args) < 0) {
		log_show();
		bail_out("no EAL");
	}
	plain_pool = rte_pktmbuf_pool_create("plain", 1023, 0, 0, 2048, SOCKET_ID_ANY);
	if (plain_pool == NULL || !memory_create(&udmabuf, "udmabuf", OFFSET, NULL) ||
			!memory_create(&heap, "system heap", 0, NULL) ||
			!memory_register(&udmabuf) || !memory_pool(&udmabuf))
		bail_out("no memory");

	signal(SIGABRT, aborting);
	printf("# exporter       offset  direction      packets       bytes mismatches copies\n");
	if (!result(open_port("", udmabuf.pool) && back_has(&udmabuf),
			"registered before the port is there: the back end has it")) {
		log_show();
		bail_out("no port");
	}
	test_packets(&udmabuf, n_packets);
	result(memory_register(&heap) && memory_pool(&heap) && back_has(&heap),
		"a system heap's after the start");
	test_packets(&heap, n_packets);
	show_throughput(&udmabuf);
	show_throughput(&heap);
	test_secondary();
	test_come_and_go();
	test_no_fd();
	test_not_mappable();
	test_refused(&udmabuf);
	test_too_many(&udmabuf);
	show_missing(&udmabuf);
	result(close_port(), "the port is unplugged");
	test_too_many_at_probe(&udmabuf);
	test_paths(&udmabuf);
	test_server(&udmabuf);
	if (open_port("", plain_pool))
		test_back_gone();
	port_unplug();
	memory_close(&heap);
	memory_close(&udmabuf);
	log_show();
	rte_eal_cleanup();
	printf("1..%u\n", n_results);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 5 && strcmp(argv[1], "back") == 0)
		return back_main(atoi(argv[2]), argv[3], argv[4]);
	if (argc == 5 && strcmp(argv[1], "secondary") == 0)
		return secondary_main(atoi(argv[2]));
	if (argc == 2)
		n_packets = strtoull(argv[1], NULL, 0);
	if (argc > 2 || n_packets == 0) {
		fprintf(stderr, "usage: %s [PACKETS]\n", argv[0]);
		return 2;
	}
	return front();
}
