/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Packets in the memory of a PCI device that another process owns; prints TAP.
 *
 * usage: p2p DEVICE FILE NIC NIC, as tools/guest --bar names them
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_vfio.h>

#include "p2p.h"

#define MIB ((uint64_t)1 << 20)
#define FIRST 0x0
#define SECOND 0x510000
#define LATE 0x700000
#define PART_AT (2 * MIB) /* of a dma-buf of a part of the BAR */

enum { BAR_FIRST, BAR_SECOND, BAR_PART, UDMABUF_LIST, HUGEPAGES, N_MEMORIES };

static struct owner owner;
static struct memory memories[N_MEMORIES];
static int part = -1;
static unsigned int n_results, n_failed;

static void
result(bool ok, const char *what)
{
	n_failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++n_results, what);
}

/* ---- exporting ---- */

static bool
refuses(int fd, unsigned int bar, uint64_t offset, uint64_t len, int error)
{
	int ret;

	rte_errno = 0;
	ret = rte_vfio_export_dmabuf(fd, bar, offset, len);
	if (ret < 0 && rte_errno == error)
		return true;
	printf("# BAR %u, %#lx + %#lx: %d, rte_errno %d, not %d\n", bar, (unsigned long)offset,
		(unsigned long)len, ret, rte_errno, error);
	if (ret >= 0)
		close(ret);
	return false;
}

static void
test_export(void)
{
	int fds[2];

	result(refuses(owner.device, owner.bar, 0, owner.bar_len + 4096, EINVAL) &
		refuses(owner.device, owner.bar, owner.bar_len, 4096, EINVAL) &
		refuses(owner.device, owner.bar, UINT64_MAX - 4095, 8192, EINVAL),
		"beyond the BAR: EINVAL");
	result(refuses(owner.device, owner.bar, 2048, 4096, EINVAL) &
		refuses(owner.device, owner.bar, 0, 100, EINVAL) &
		refuses(owner.device, owner.bar, 0, 0, EINVAL), "no whole pages: EINVAL");
	result(refuses(owner.device, 5, 0, 4096, ENODEV), "a BAR that the device has not: ENODEV");
	result(refuses(owner.device, 6, 0, 4096, EINVAL) &
		refuses(owner.device, UINT32_MAX, 0, 4096, EINVAL), "no BAR at all: EINVAL");
	if (pipe(fds) != 0)
		return;
	result(refuses(fds[0], 0, 0, 4096, ENOTSUP) & refuses(-1, 0, 0, 4096, EBADF),
		"no descriptor of a device: ENOTSUP, EBADF");
	close(fds[0]);
	close(fds[1]);
	part = rte_vfio_export_dmabuf(owner.device, owner.bar, PART_AT, 2 * MIB);
	result(part >= 0 && lseek(part, 0, SEEK_END) == 2 * MIB,
		"a part of the BAR is a dma-buf of its size");
}

/* ---- registering ---- */

/* Does the list of some memory say where it is? */
static bool
is_registered(const struct memory *mem)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(mem->va + LIST_LEN - 1);
	uint64_t offset;

	return msl != NULL && rte_memseg_list_get_dmabuf_offset(msl, &offset) == 0 &&
		offset == mem->offset && rte_memseg_list_get_va(msl) == mem->va &&
		rte_memseg_list_get_dmabuf_fd(msl) >= 0;
}

static void
test_register(struct rte_device *device)
{
	unsigned int i;
	bool ok = memory_of_bar(&memories[BAR_FIRST], &owner, owner.dmabuf, FIRST, FIRST) &&
		memory_of_bar(&memories[BAR_SECOND], &owner, owner.dmabuf, SECOND, SECOND);

	ok = ok && is_registered(&memories[BAR_FIRST]) && is_registered(&memories[BAR_SECOND]);
	result(ok, "two lists in one BAR, at offset 0 and 0x510000");
	ok = ok && memory_of_bar(&memories[BAR_PART], &owner, part, PART_AT + 4096, 4096) &&
		is_registered(&memories[BAR_PART]);
	result(ok, "a list in the dma-buf of a part of the BAR");
	/* EAL has descriptors of its own, and a mapping holds the device */
	close(part);
	close(owner.dmabuf);
	memories[HUGEPAGES] = (struct memory){ .name = "hugepages", .file = -1 };
	ok = ok && memory_of_udmabuf(&memories[UDMABUF_LIST]);
	for (i = 0; i < N_MEMORIES && ok; i++)
		ok = memory_map(&memories[i], device) && memory_pool(&memories[i], i);
	result(ok, "all are mapped for the NICs, beside a udmabuf");
	if (!ok) {
		printf("Bail out! there is nothing to put packets in\n");
		exit(EXIT_FAILURE);
	}
}

/* ---- what the CPU sees ---- */

static void
test_cpu(void)
{
	const struct memory *mem = &memories[BAR_SECOND];
	volatile uint8_t *va = mem->va;
	uint8_t bytes[16];
	const uint8_t want[16] = { 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5 };

	va[0] = 1;
	*(volatile uint16_t *)(va + 1) = 0x0202;
	*(volatile uint32_t *)(va + 3) = 0x03030303;
	*(volatile uint64_t *)(va + 7) = 0x0404040404040404;
	va[15] = 5;
	result(memory_read(mem, mem->va, bytes, sizeof(bytes)) &&
		memcmp(bytes, want, sizeof(want)) == 0,
		"the host sees what the CPU writes, by 1, 2, 4 and 8 bytes");
	result(va[15] == 5 && *(volatile uint16_t *)(va + 1) == 0x0202 &&
		*(volatile uint32_t *)(va + 3) == 0x03030303 &&
		*(volatile uint64_t *)(va + 7) == 0x0404040404040404, "and reads it, by as many");
}

/* ---- packets ---- */

static bool
exchange(unsigned int tx, unsigned int rx)
{
	unsigned int received;
	int right;

	if (!nics_start(&memories[tx], &memories[rx]))
		return false;
	right = nics_exchange(&memories[tx], &memories[rx], &received);
	nics_stop();
	if (right == FRAMES && received == FRAMES)
		return true;
	printf("# %s to %s: %u of %u received, %d right\n", memories[tx].name, memories[rx].name,
		received, FRAMES, right);
	return false;
}

static void
test_packets(void)
{
	static const unsigned int pairs[][2] = {
		{ BAR_FIRST, BAR_SECOND }, { BAR_SECOND, BAR_FIRST }, { BAR_PART, BAR_FIRST },
		{ BAR_SECOND, BAR_PART }, { BAR_FIRST, HUGEPAGES }, { HUGEPAGES, BAR_FIRST },
		{ BAR_SECOND, UDMABUF_LIST }, { UDMABUF_LIST, BAR_SECOND },
		{ UDMABUF_LIST, HUGEPAGES }, { HUGEPAGES, UDMABUF_LIST },
	};
	char what[128];
	unsigned int i;

	for (i = 0; i < RTE_DIM(pairs); i++) {
		const struct memory *tx = &memories[pairs[i][0]], *rx = &memories[pairs[i][1]];

		snprintf(what, sizeof(what), "%u packets from %s at %#lx to %s at %#lx", FRAMES,
			tx->name, (unsigned long)tx->file_offset, rx->name,
			(unsigned long)rx->file_offset);
		result(exchange(pairs[i][0], pairs[i][1]), what);
	}
}

/* ---- the device goes ---- */

/* The signal that a process gets that reads an address, or 0. */
static int
signal_of_read(const uint8_t *va)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(*(const volatile uint8_t *)va & 0);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
test_gone(void)
{
	unsigned int received;
	int right, sig;

	owner_kill(&owner);
	result(exchange(BAR_FIRST, BAR_SECOND),
		"its owner killed: packets go on, as this process has the device open");

	/* received into the BAR, which is not there: the NIC is not told */
	if (!nics_start(&memories[HUGEPAGES], &memories[BAR_FIRST]) ||
			!device_memory(&owner, false)) {
		result(false, "the device's memory switched off");
		return;
	}
	sig = signal_of_read(memories[BAR_FIRST].va);
	right = nics_exchange(&memories[HUGEPAGES], &memories[BAR_FIRST], &received);
	nics_stop();
	printf("# its memory switched off: %u of %u packets received, %d right; who reads it gets: %s\n",
		received, FRAMES, right, strsignal(sig));
	result(right == 0, "its memory switched off: no packet gets there");
	result(sig == SIGBUS, "and who reads there dies of SIGBUS");
	result(is_registered(&memories[BAR_FIRST]), "the list is as it was");
	result(exchange(UDMABUF_LIST, HUGEPAGES) && exchange(HUGEPAGES, UDMABUF_LIST),
		"other memory is not concerned");
	result(device_memory(&owner, true) && exchange(BAR_FIRST, BAR_SECOND),
		"its memory switched on again: packets go on");
	device_memory(&owner, false);
}

/* A list is made of what is not there, too, as its memory is not looked at. */
static void
test_late(void)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(memories[BAR_FIRST].va);
	int dmabuf = fcntl(rte_memseg_list_get_dmabuf_fd(msl), F_DUPFD_CLOEXEC, 0);
	struct memory late;
	bool ok = memory_of_bar(&late, &owner, dmabuf, LATE, LATE) && is_registered(&late);

	result(ok, "with the device's memory off, another list of it is registered");
	if (!ok)
		return;
	result(!memory_map(&late, memories[BAR_FIRST].device), "and can't be mapped for the NICs");
	result(device_memory(&owner, true) && memory_map(&late, memories[BAR_FIRST].device),
		"until its memory is switched on again");
	device_memory(&owner, false);
	result(memory_close(&late), "and is unmapped and unregistered with its memory off");
	close(dmabuf);
}

static void
test_close(void)
{
	unsigned int i;
	bool ok = true;

	close(owner.device);
	for (i = 0; i < N_MEMORIES; i++)
		ok &= memory_close(&memories[i]);
	result(ok, "all is unmapped and unregistered, with the device's memory off");
}

int
main(int argc, char **argv)
{
	char *args[] = {
		argv[0], "-a", NULL, "-a", NULL, "--iova-mode=va", "--in-memory", "--no-telemetry",
	};
	struct rte_device *device;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 5) {
		fprintf(stderr, "usage: %s DEVICE FILE NIC NIC\n", argv[0]);
		return 2;
	}
	if (!owner_start(&owner, argv[1], argv[2])) {
		printf("Bail out! no memory of a device\n");
		return EXIT_FAILURE;
	}
	args[2] = argv[3];
	args[4] = argv[4];
	if (rte_eal_init(RTE_DIM(args), args) < 0 || (device = nics_find(argv + 3)) == NULL) {
		printf("Bail out! no NICs\n");
		return EXIT_FAILURE;
	}
	test_export();
	test_register(device);
	test_cpu();
	test_packets();
	test_gone();
	test_late();
	test_close();
	rte_eal_cleanup();
	printf("1..%u\n", n_results);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
