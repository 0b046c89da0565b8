/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef _RTE_MEMORY_DMABUF_H_
#define _RTE_MEMORY_DMABUF_H_

/**
 * @file
 *
 * External memory that a dma-buf describes.
 *
 * A dma-buf is the Linux kernel's handle on a buffer that devices can share: GPU memory, a video
 * frame pool, a DMA heap buffer, a udmabuf (see Documentation/driver-api/dma-buf.rst in the kernel
 * sources). An application that has its file descriptor registers it here, and a driver finds the
 * descriptor and the offset of any address in it by looking up the address's memseg list.
 *
 * Another process of the same file prefix gets a descriptor of its own, with the same number, when
 * it calls rte_extmem_attach() with the address and the length that were registered, and
 * rte_extmem_detach() closes it. The primary process keeps a descriptor of every registered
 * dma-buf, and gives it to those that attach. Attaching fails with rte_errno set to:
 * - EINVAL: the address is NULL, or the length is 0
 * - ENOENT: no such memory is registered
 * - EEXIST: the process registered or attached it already
 * - EBUSY: the number of the descriptor is in use in the process
 * - EMFILE: the number is beyond the process's limit, or no descriptor is free in the primary
 *   process
 * - EADDRNOTAVAIL, ENOMEM: the addresses of the memsegs are in use in the process, or no memory is
 *   left
 * - ECONNREFUSED, EAGAIN: the primary process is gone, or has not started yet
 * - ETIMEDOUT: the primary process did not answer within 5 seconds, or no descriptor was free for
 *   its answer
 * - EPROTO, ESRCH: what came is not the dma-buf that was registered, or no process has its memsegs
 *   any more
 *
 * rte_extmem_unregister() works in any process that has the dma-buf attached, and fails with EBUSY
 * while another has, too. If no process has it any more, any can unregister it.
 *
 * In a secondary process, registering and attaching wait for an answer by IPC. So they must not be
 * called from a callback of rte_mp_*(), nor with the memory hotplug lock held, as in a memory event
 * callback. Unregistering and detaching wait for nobody.
 *
 * rte_memseg_get_fd() and rte_memseg_get_fd_offset() of a memseg in a dma-buf's list return EAL's
 * descriptor and where the memseg is in the dma-buf. In a process that has not attached the list,
 * they set rte_errno to ENOENT; where a size_t does not hold the offset, to EOVERFLOW.
 *
 * Do not include this file: rte_memory.h does.
 */

#include <stddef.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_compat.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Tells at compile time that this DPDK has rte_extmem_register_dmabuf(). */
#define RTE_HAS_EXTMEM_DMABUF 1

struct rte_memseg_list;

/**
 * @warning
 * @b EXPERIMENTAL: this API may change without prior notice.
 *
 * Register memory that a dma-buf describes, as rte_extmem_register() does for other memory.
 *
 * EAL duplicates @p dmabuf_fd and keeps the duplicate until rte_extmem_unregister() or
 * rte_eal_cleanup(): the caller may close its own descriptor as soon as this function returns. The
 * memory is not accessed, so @p va_addr may be a range that the CPU can't read.
 *
 * No DMA mapping is made: call rte_dev_dma_map() for each device.
 *
 * A device that registers the dma-buf itself needs @p va_addr and @p dmabuf_offset to have the same
 * offset within a page of the device (ibv_reg_dmabuf_mr(3) requires it). This function does not.
 *
 * Linux only. Thread-safe; takes the memory hotplug lock, so it must not be called from a memory
 * event callback. The registration, like that of rte_extmem_register(), is shared with other
 * processes, which attach the memory with rte_extmem_attach(). A secondary process waits for the
 * primary one: see above.
 *
 * @since 26.11
 *
 * @param va_addr
 *   Start of the virtual range, aligned to @p page_sz.
 * @param len
 *   Length of the range in bytes: a multiple of @p page_sz, not 0.
 * @param dmabuf_fd
 *   An open descriptor of the dma-buf.
 * @param dmabuf_offset
 *   Where in the dma-buf the range starts, in bytes. @p dmabuf_offset + @p len must not exceed the
 *   size of the dma-buf.
 * @param iova_addrs
 *   IO address of each page, or NULL to set all of them to RTE_BAD_IOVA.
 * @param n_pages
 *   Number of elements in @p iova_addrs; ignored if that is NULL.
 * @param page_sz
 *   Page size in bytes: a power of 2, not less than the system's page size. The range has one
 *   memseg for each page.
 *
 * @return
 *   0 on success, or -1 with nothing changed and rte_errno set to:
 *   - EINVAL: a parameter is out of its range, the number of pages exceeds what a memseg list can
 *     hold, or @p dmabuf_fd is not a dma-buf
 *   - EBADF: @p dmabuf_fd is not open
 *   - EEXIST: the range overlaps a memseg list
 *   - ENOSPC: every memseg list is in use, no external socket id is left, or the file system of
 *     EAL's runtime directory is full
 *   - EMFILE: this process or the primary one has no free descriptor, or none with the number of a
 *     free list's
 *   - EBUSY: another process still has the memsegs' file of former memory at this address
 *   - ENOMEM: not enough memory for the memsegs
 *   - ECONNREFUSED, EAGAIN, ETIMEDOUT, EPROTO: as for attaching; ENOENT: another thread
 *     unregistered it
 *   - ENOTSUP: not Linux
 */
__rte_experimental
int
rte_extmem_register_dmabuf(void *va_addr, size_t len, int dmabuf_fd, uint64_t dmabuf_offset,
		rte_iova_t iova_addrs[], unsigned int n_pages, size_t page_sz);

/**
 * @warning
 * @b EXPERIMENTAL: this API may change without prior notice.
 *
 * Get the descriptor of the dma-buf that a memseg list is part of.
 *
 * The descriptor is EAL's own, of this process, and has the same number in every process. It stays
 * valid until the memory is unregistered, or detached in this process. Do not close it.
 *
 * Thread-safe; takes the memory hotplug lock for reading. Calling it from a memory event callback
 * or a memseg walk, which hold that lock, is a deadlock as soon as another thread or process waits
 * for it to write: call rte_memseg_list_get_dmabuf_fd_unsafe() there.
 *
 * @since 26.11
 *
 * @param msl
 *   The memseg list, as rte_mem_virt2memseg_list() returns it.
 *
 * @return
 *   The descriptor, or -1 with rte_errno set to:
 *   - EINVAL: @p msl is NULL or no memseg list in use, or another process registered it and this
 *     one has not attached it
 *   - ENOTSUP: the list is not a dma-buf's
 */
__rte_experimental
int
rte_memseg_list_get_dmabuf_fd(const struct rte_memseg_list *msl);

/**
 * @warning
 * @b EXPERIMENTAL: this API may change without prior notice.
 *
 * rte_memseg_list_get_dmabuf_fd() for callers that hold the memory hotplug lock: memory event
 * callbacks and memseg walks. Logs nothing. Without the lock, the caller must know that the memory
 * is not unregistered meanwhile.
 *
 * @since 26.11
 *
 * @param msl
 *   The memseg list, as rte_mem_virt2memseg_list() returns it.
 *
 * @return
 *   As rte_memseg_list_get_dmabuf_fd().
 */
__rte_experimental
int
rte_memseg_list_get_dmabuf_fd_unsafe(const struct rte_memseg_list *msl);

/**
 * @warning
 * @b EXPERIMENTAL: this API may change without prior notice.
 *
 * Get where in its dma-buf a memseg list starts.
 *
 * The address @c addr in the list is at this offset plus the distance of @c addr from
 * rte_memseg_list_get_va().
 *
 * Thread-safe; takes the memory hotplug lock for reading. Calling it from a memory event callback
 * or a memseg walk, which hold that lock, is a deadlock as soon as another thread or process waits
 * for it to write: call rte_memseg_list_get_dmabuf_offset_unsafe() there.
 *
 * @since 26.11
 *
 * @param msl
 *   The memseg list, as rte_mem_virt2memseg_list() returns it.
 * @param offset
 *   Receives the offset, in bytes. Not written on error.
 *
 * @return
 *   0 on success, or -1 with rte_errno set to:
 *   - EINVAL: @p msl is NULL or no memseg list in use, or @p offset is NULL
 *   - ENOTSUP: the list is not a dma-buf's
 */
__rte_experimental
int
rte_memseg_list_get_dmabuf_offset(const struct rte_memseg_list *msl, uint64_t *offset);

/**
 * @warning
 * @b EXPERIMENTAL: this API may change without prior notice.
 *
 * rte_memseg_list_get_dmabuf_offset() for callers that hold the memory hotplug lock: memory event
 * callbacks and memseg walks. Logs nothing. Without the lock, the caller must know that the memory
 * is not unregistered meanwhile.
 *
 * @since 26.11
 *
 * @param msl
 *   The memseg list, as rte_mem_virt2memseg_list() returns it.
 * @param offset
 *   Receives the offset, in bytes. Not written on error.
 *
 * @return
 *   As rte_memseg_list_get_dmabuf_offset().
 */
__rte_experimental
int
rte_memseg_list_get_dmabuf_offset_unsafe(const struct rte_memseg_list *msl, uint64_t *offset);

/**
 * @warning
 * @b EXPERIMENTAL: this API may change without prior notice.
 *
 * Find the memseg list of a dma-buf that has any address of a range. For drivers that register a
 * range of addresses with a device: it may start before a dma-buf or end after one.
 *
 * Takes no lock: see rte_memseg_list_get_va().
 *
 * @since 26.11
 *
 * @param addr
 *   Start of the range.
 * @param len
 *   Its length in bytes.
 *
 * @return
 *   The list, that with the lowest address if there are several; NULL if no dma-buf has any address
 *   of the range.
 */
__rte_experimental
const struct rte_memseg_list *
rte_mem_find_dmabuf_list(const void *addr, size_t len);

/** Space for the name of an exporter, with its terminating NUL. */
#define RTE_EXTMEM_DMABUF_EXPORTER_LEN 64

/**
 * @internal Told to a driver when this process unregistered or detached a dma-buf, before its
 * descriptor is closed, and when it registered or attached one: what the driver registered at these
 * addresses is to go. The memory hotplug lock is held for writing, so rte_free() must not be
 * called.
 *
 * @param va
 *   Where the memory was.
 * @param len
 *   Its length in bytes.
 * @param arg
 *   As it was registered.
 */
typedef void (*rte_extmem_dmabuf_detached_t)(void *va, size_t len, void *arg);

/**
 * @internal
 * Have a driver told of each dma-buf that this process unregisters or detaches from now on.
 *
 * @return
 *   0, or -1 with rte_errno set to ENOMEM.
 */
__rte_internal
int
rte_extmem_dmabuf_callback_register(rte_extmem_dmabuf_detached_t call, void *arg);

/**
 * @internal
 * Have it told no more. Not to be called in the callback.
 */
__rte_internal
void
rte_extmem_dmabuf_callback_unregister(rte_extmem_dmabuf_detached_t call, void *arg);

/**
 * @internal Has this process attached the dma-buf of a list, and is it the same as before? For
 * drivers that work without the memory hotplug lock: read this before the descriptor, and again
 * after the device has the memory.
 *
 * @return
 *   A number that no other registration has; 0 if this process has not attached the list.
 */
__rte_internal
uint64_t
rte_extmem_dmabuf_attached(const struct rte_memseg_list *msl);

/**
 * @internal Get the name of the driver that exports a dma-buf, for messages: "unknown" if the
 * kernel does not say.
 */
__rte_internal
void
rte_extmem_dmabuf_exporter(int fd, char name[RTE_EXTMEM_DMABUF_EXPORTER_LEN]);

#ifdef __cplusplus
}
#endif

#endif /* _RTE_MEMORY_DMABUF_H_ */
