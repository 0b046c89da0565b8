/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* The memory of the device, and other memory beside it. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <rte_vfio.h>

#include "demo.h"
#include "p2p.h"

static bool
failed(const char *what, int error)
{
	printf("# %s: %s\n", what, strerror(error));
	return false;
}

/* ---- the owner ---- */

/* In the owner's process: open the device, hand over its memory, and wait to be killed. */
static void
own(int sock, const char *address)
{
	char control[CMSG_SPACE(2 * sizeof(int))] = { 0 };
	struct buffer buf;
	struct iovec vec = { .iov_base = &buf, .iov_len = sizeof(buf) };
	struct msghdr msg = {
		.msg_iov = &vec, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	if (buffer_create_bar(&buf, address, NULL) != 0)
		_exit(1);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(cmsg), (int[]){ buf.map_fd, buf.fd }, 2 * sizeof(int));
	if (sendmsg(sock, &msg, 0) != sizeof(buf))
		_exit(1);
	for (;;)
		pause();
}

/* Where a region of the device is in its descriptor. */
static uint64_t
region_offset(int device, unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	return ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info) == 0 ? info.offset : UINT64_MAX;
}

bool
owner_start(struct owner *owner, const char *address, const char *host_file)
{
	char control[CMSG_SPACE(2 * sizeof(int))];
	struct buffer buf;
	struct iovec vec = { .iov_base = &buf, .iov_len = sizeof(buf) };
	struct msghdr msg = {
		.msg_iov = &vec, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int socks[2], fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) != 0)
		return failed("socketpair", errno);
	fflush(stdout);
	owner->pid = fork();
	if (owner->pid == 0) {
		close(socks[0]);
		own(socks[1], address);
	}
	close(socks[1]);
	if (recvmsg(socks[0], &msg, MSG_CMSG_CLOEXEC) != sizeof(buf))
		return failed("the owner of the device has ended", ECHILD);
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fds));
	close(socks[0]);
	owner->device = fds[0];
	owner->dmabuf = fds[1];
	owner->bar_offset = buf.map_offset;
	for (owner->bar = 0; region_offset(owner->device, owner->bar) != buf.map_offset; owner->bar++)
		;
	owner->bar_len = buf.size;
	owner->file = open(host_file, O_RDONLY | O_CLOEXEC);
	return owner->file >= 0 || failed(host_file, errno);
}

void
owner_kill(struct owner *owner)
{
	kill(owner->pid, SIGKILL);
	waitpid(owner->pid, NULL, 0);
}

/* Switch the device's memory off or on, as who resets it does: by its command register. */
bool
device_memory(const struct owner *owner, bool on)
{
	off_t at = region_offset(owner->device, VFIO_PCI_CONFIG_REGION_INDEX) + PCI_COMMAND;
	uint16_t command;

	if (pread(owner->device, &command, 2, at) != 2)
		return failed("the command register of the device", errno);
	command = on ? command | PCI_COMMAND_MEMORY : command & ~PCI_COMMAND_MEMORY;
	return pwrite(owner->device, &command, 2, at) == 2 ||
		failed("the command register of the device", errno);
}

/* ---- memory ---- */

static bool
memory_register(struct memory *mem, int map_fd, uint64_t map_offset, int dmabuf)
{
	rte_iova_t iovas[LIST_PAGES];
	unsigned int i;

	mem->va = buffer_map(map_fd, map_offset, LIST_LEN);
	if (mem->va == NULL)
		return false;
	for (i = 0; i < LIST_PAGES; i++)
		iovas[i] = (uintptr_t)mem->va + i * 4096;
	return rte_extmem_register_dmabuf(mem->va, LIST_LEN, dmabuf, mem->offset, iovas, LIST_PAGES,
			4096) == 0 || failed("rte_extmem_register_dmabuf", rte_errno);
}

bool
memory_of_bar(struct memory *mem, const struct owner *owner, int dmabuf, uint64_t in_bar,
	uint64_t in_dmabuf)
{
	*mem = (struct memory){
		.name = "BAR", .offset = in_dmabuf, .file = owner->file, .file_offset = in_bar,
	};
	return memory_register(mem, owner->device, owner->bar_offset + in_bar, dmabuf);
}

bool
memory_of_udmabuf(struct memory *mem)
{
	struct buffer buf;
	bool ok;

	*mem = (struct memory){ .name = "udmabuf", .offset = 4096, .file = -1, .file_offset = 4096 };
	if (buffer_create_udmabuf(&buf, LIST_LEN + 4096) != 0)
		return false;
	/* VFIO does not pin the udmabuf's own mapping */
	ok = memory_register(mem, buf.memfd, mem->offset, buf.fd);
	mem->file = dup(buf.memfd);
	buffer_close(&buf);
	return ok && mem->file >= 0;
}

bool
memory_map(struct memory *mem, struct rte_device *device)
{
	if (mem->va != NULL && rte_dev_dma_map(device, mem->va, (uintptr_t)mem->va, LIST_LEN) != 0)
		return failed("rte_dev_dma_map", rte_errno);
	mem->device = device;
	return true;
}

bool
memory_pool(struct memory *mem, unsigned int number)
{
	struct rte_pktmbuf_extmem ext = {
		.buf_ptr = mem->va, .buf_iova = (uintptr_t)mem->va, .buf_len = LIST_LEN,
		.elt_size = 4096,
	};
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "pool%u", number);
	mem->pool = mem->va == NULL ?
		rte_pktmbuf_pool_create(name, LIST_PAGES, 0, 0, 4096, SOCKET_ID_ANY) :
		rte_pktmbuf_pool_create_extbuf(name, LIST_PAGES, 0, 0, 4096, SOCKET_ID_ANY, &ext, 1);
	return mem->pool != NULL || failed("the pool", rte_errno);
}

bool
memory_close(struct memory *mem)
{
	bool ok = true;

	rte_mempool_free(mem->pool);
	if (mem->va == NULL)
		return true;
	if (mem->device != NULL &&
			rte_dev_dma_unmap(mem->device, mem->va, (uintptr_t)mem->va, LIST_LEN) != 0)
		ok = failed("rte_dev_dma_unmap", rte_errno);
	if (rte_extmem_unregister(mem->va, LIST_LEN) != 0)
		ok = failed("rte_extmem_unregister", rte_errno);
	munmap(mem->va, LIST_LEN);
	return ok;
}

bool
memory_read(const struct memory *mem, const void *va, void *bytes, size_t len)
{
	size_t distance = (const uint8_t *)va - mem->va;

	if (mem->va == NULL) {
		memcpy(bytes, va, len);
		return true;
	}
	return pread(mem->file, bytes, len, mem->file_offset + distance) == (ssize_t)len ||
		failed("the file behind the memory", errno);
}
