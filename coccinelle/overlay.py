# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""What tools/apply does to a DPDK tree: the files it adds, the rules it runs, the lines it inserts.

Python, because every version of it since 3.9 reads that.
"""

# the patches of tools/series, in order: (name, subject, why and how)
STEPS = [
    ("fbarray", "fbarray: keep lock of array in use", """\
When rte_fbarray_destroy() cannot lock the file of an array exclusively,
because another process uses the array, flock(2) has already given up
the shared lock that the caller had. The next process that tries then
succeeds, and destroys an array that is in use.

Lock the file shared again.

Fixes: 5b61c62cfd76 ("fbarray: add internal tailq for mapped areas")
Cc: stable@dpdk.org
"""),
    ("ipc", "eal: survive IPC message without free descriptor", """\
A message whose descriptors do not all find a free number in the
receiving process ended its IPC thread for good (MSG_CTRUNC). Throw the
message away, close what did arrive, and go on.

A late reply to an earlier request took the place of the reply that was
received, whose descriptors nobody closed. Drop it. Close the
descriptors of a reply that nobody waits for, or that
rte_mp_request_sync() has no memory for.

Fixes: bacaa2754017 ("eal: add channel for multi-process communication")
Cc: stable@dpdk.org
"""),
    ("properties", "mem: rename external flag to properties", """\
The member external of struct rte_memseg_list is 0 or 1, and has room
for 31 more bits. Make it a bit field: bit 0 for external memory, and
bit 1 for a dma-buf, which later patches set. Such a list needs no
address and no socket in base_va and socket_id, so these get a second
name: the offset in the dma-buf, and its descriptor.

Every member keeps its place and size. The former name is deprecated.
"""),
    ("records", "mem: keep record of external memory", """\
The list of a dma-buf will have neither its address nor its socket in
itself. Add a record for each list to the shared configuration, and
functions that return the address and the socket of any list.

A number in the record tells one registration from the next in the same
list. Each process remembers the numbers of those that it has attached.
"""),
    ("accessors", "mem: get address and socket of lists by functions", """\
Use the functions instead of reading base_va and socket_id, which are
deprecated: in the list of a dma-buf, they have another meaning.
"""),
    ("index", "mem: look up memseg lists in shared index", """\
rte_mem_virt2memseg_list() looked at all lists. Keep an index of the
addresses of all lists in the shared configuration, and search that: no
lock is taken, and a change shows in all processes at once.
"""),
    ("unattached", "mem: pass over memory that is not attached", """\
A process has the memsegs of external memory mapped only if it registered
or attached that memory. Look-ups and walks in another process crashed:
pass over the list.
"""),
    ("version", "mem: refuse processes of another configuration", """\
The shared configuration has members that it had not, and processes that
do not know them would leave them as they are. Refuse such a process as
one of another version, as it refuses this one.
"""),
    ("dmabuf", "mem: register DMA-bufs as external memory", """\
A dma-buf is the kernel's handle on memory that devices share: of a GPU,
of a camera, of a device's BAR. Register it with its descriptor, offset
and address by rte_extmem_register_dmabuf(), so that drivers find the
dma-buf behind an address.

EAL keeps a descriptor of its own. Its number is the same in every
process: the primary process keeps one, and passes it to those that
attach the memory by rte_extmem_attach().
"""),
    ("dump", "mem: show DMA-bufs in dump and telemetry", """\
Print the offset, the descriptor and the exporter of each dma-buf in
rte_dump_physmem_layout(), and return them, and the properties of any
list, from /eal/memseg_list_properties.
"""),
    ("vfio", "vfio: export BARs as DMA-bufs", """\
Since Linux 6.19, VFIO exports a part of a PCI device's BAR as a dma-buf.
Give applications the descriptor by rte_vfio_export_dmabuf(): registered
as external memory, a NIC can write packets into that device.
"""),
    ("tests", "test/mem: test DMA-bufs in memory", """\
Cover registration, attaching in other processes, look-ups under change,
external heaps, what is not attached, telemetry, and speed. The tests of
dma-bufs need /dev/udmabuf or /dev/dma_heap/system.
"""),
    ("mlx5", "drivers/common: register DMA-bufs in mlx5", """\
The addresses of a dma-buf may be none that the kernel can pin. Register
the dma-buf itself, by ibv_reg_dmabuf_mr(), wherever mlx5 registers
memory of packets: all of a list at once, for a mempool as for an
address that is missed.

Nothing is registered by its address instead. No key of a dma-buf
outlives its registration with EAL.
"""),
    ("mlx4", "net/mlx4: refuse DMA-bufs", """\
mlx4 can't register a dma-buf. Its addresses may be placeholders, and
packets would go to other memory: refuse, and log what to do.
"""),
    ("mana", "net/mana: refuse DMA-bufs", """\
Nothing in mana would end the registration of a dma-buf that is gone,
and its addresses may be placeholders: refuse, and log what to do. A
pool of external buffers failed in any case, but without the reason.
"""),
    ("memif", "net/memif: refuse DMA-bufs for zero-copy", """\
The memseg of a dma-buf has a descriptor now, and memif would share it:
without the offset, for which its protocol has no room, and with packets
looked for in its first region. Go on to refuse it, as other external
memory, and log what to do.
"""),
    ("virtio", "net/virtio: share DMA-bufs with vhost-user", """\
Any external memory kept virtio-user from sending its memory table, and
the port started nevertheless. A dma-buf has a descriptor: share it, with
a region for each, and pass over other external memory. The back end is
told when a dma-buf comes or goes, with the queues paused.

A port that could not share its memory, or is to receive into memory that
it can't share, refuses to start.
"""),
    ("testpmd", "app/testpmd: put packets in DMA-bufs", """\
Whoever has a NIC can try it with packets in a dma-buf: of a DMA heap,
made of a memfd by udmabuf, or handed to testpmd by its descriptor.

    --mp-alloc=dmabuf --dmabuf=udmabuf,offset=64K

Other modes of --mp-alloc are as they were.
"""),
]

# what a DPDK has that exports symbols by macros, since 25.07: a file, and what is in it
EXPORTS = ("buildtools/gen-version-map.py", "")
# how testpmd finds its options: by their names, and since 24.07 by numbers
OPTION_NAMES = ("app/test-pmd/parameters.c", r'^\t+\{ "mp-alloc",')
OPTION_NUMBERS = ("app/test-pmd/parameters.c", r"\bTESTPMD_OPT_MP_ALLOC_NUM\b")

# new files of each step, as globs from the root of this repository
ADD = {
    "records": [
        "lib/eal/common/eal_export.h",
        "lib/eal/common/eal_extmem*.[ch]",
        "lib/eal/include/rte_stdatomic.h",
    ],
    "index": ["lib/eal/common/eal_memseg_index.[ch]"],
    "dmabuf": [
        "lib/eal/include/rte_memory_dmabuf.h",
        "lib/eal/common/eal_common_dmabuf.c",
        "lib/eal/common/eal_common_dmabuf_callback.c",
        "lib/eal/common/eal_dmabuf.h",
        "lib/eal/**/eal_dmabuf_fd.[ch]",
        "lib/eal/linux/eal_dmabuf.c",
        "lib/eal/linux/eal_dmabuf_keeper.[ch]",
        "lib/eal/linux/eal_dmabuf_mp.c",
        "doc/guides/prog_guide/dmabuf_memory.rst",
        "doc/guides/prog_guide/dmabuf_performance.rst",
        "doc/guides/prog_guide/dmabuf_processes.rst",
        "doc/guides/prog_guide/img/dmabuf_*.svg",
        "doc/guides/howto/udmabuf.rst",
    ],
    "dump": ["lib/eal/common/eal_common_dmabuf_dump.c"],
    "vfio": ["lib/eal/common/eal_common_vfio_dmabuf.c", "doc/guides/prog_guide/dmabuf_peer_to_peer.rst"],
    "tests": ["app/test/*.[ch]"],
    "mlx5": [
        "drivers/common/**/*.[ch]",
        "doc/guides/prog_guide/dmabuf_drivers.rst",
        "doc/guides/howto/mlx5_dmabuf.rst",
    ],
    "virtio": ["drivers/net/virtio/virtio_user/virtio_user_dmabuf.[ch]"],
    "testpmd": ["app/test-pmd/*.[ch]", "doc/guides/howto/testpmd_dmabuf.rst"],
}

# new files that a DPDK does without if it has this: a file, and a regular expression that matches in it
UNLESS = {
    "lib/eal/common/eal_export.h": EXPORTS,
    "lib/eal/include/rte_stdatomic.h": ("lib/eal/include/meson.build", r"'rte_stdatomic\.h'"),
}

# functions that DPDK loses, because a new file does their work
#   files   where one is defined, as globs
#   known   digests of the texts of it that this is known for; another one is refused
FUNCTIONS = [
    {
        "name": "virt2memseg_list",
        "step": "index",
        "files": ["lib/eal/common/*.c"],
        "known": ["5ff07521e0f1359f", "c011d0890f32cb1e"],  # the latter is after the step accessors
    },
]

# NAME.cocci in this folder
#   files   where it applies, as globs
#   tokens  only in files that match this regular expression
#   counts  a site is an occurrence of this regular expression that the rule added
#   least   the number of sites without which a file or "all files" was not understood
RULES = [
    {
        "name": "fbarray-destroy",
        "step": "fbarray",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^rte_fbarray_destroy\(",
        "counts": r"eal_file_lock\(fd, EAL_FLOCK_SHARED, EAL_FLOCK_RETURN\);",
        "least": {"all files": 1},
    },
    {
        "name": "mp-truncated",
        "step": "ipc",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^read_msg\(",
        "counts": r"\bthrow_away\(",
        "least": {"all files": 2},
    },
    {
        "name": "mp-dropped-reply",
        "step": "ipc",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^process_msg\(",
        "counts": r"\bcleanup_msg_fds\(&msg\)",
        "least": {"all files": 1},
    },
    {
        "name": "mp-second-reply",
        "step": "ipc",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^process_msg\(",
        "counts": r"->reply_received == 0\) \{",
        "least": {"all files": 1},
    },
    {
        "name": "memseg-list",
        "step": "properties",
        "files": ["lib/eal/include/rte_memory.h"],
        "counts": r"\b(dmabuf_offset;|dmabuf_fd;|properties;|__rte_external_deprecated)",
        "least": {"lib/eal/include/rte_memory.h": 4},
    },
    {
        "name": "properties",
        "step": "properties",
        "files": ["lib/**/*.[ch]", "drivers/**/*.[ch]", "app/**/*.[ch]", "examples/**/*.[ch]"],
        "tokens": r"(?s)memseg_list.*->external\b|->msl->external\b",
        "counts": r"\bRTE_MEMSEG_LIST_EXTERNAL\b",
        "least": {
            "all files": 34,
            "lib/eal/common/malloc_heap.c": 3,
            "lib/eal/common/eal_common_memory.c": 4,
            "lib/mempool/rte_mempool.c": 1,
        },
    },
    {
        "name": "mem-config",
        "step": "records",
        "files": ["lib/eal/common/eal_memcfg.h"],
        "counts": r"\beal_extmem(_record\.h| extmem;)",
        "least": {"lib/eal/common/eal_memcfg.h": 2},
    },
    {
        "name": "rte-config",
        "step": "records",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^static struct rte_config rte_config =",
        "counts": "(?m)^struct rte_config rte_config =",
        "least": {"all files": 1},
    },
    {
        "name": "external-seg",
        "step": "records",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^malloc_heap_create_external_seg\(",
        "counts": r"\beal_extmem_publish\(",
        "least": {"all files": 1},
    },
    {
        "name": "fbarray-withdraw",
        "step": "records",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^rte_fbarray_destroy\(",
        "counts": r"\beal_(extmem_withdraw_memsegs\(|memcfg\.h)",
        "least": {"all files": 2},
    },
    {
        "name": "extmem",
        "step": "records",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^sync_memory\(",
        "counts": r"\beal_extmem_(attach|detach)\(",
        "least": {"all files": 4},
    },
    {
        "name": "base-va",
        "step": "accessors",
        "files": ["lib/**/*.[ch]", "drivers/**/*.[ch]", "app/**/*.[ch]", "examples/**/*.[ch]"],
        "tokens": r"->base_va\b",
        "counts": r"\b(eal_memseg_list_va|rte_memseg_list_get_va)\(",
        "least": {
            "all files": 35,
            "lib/eal/common/malloc_heap.c": 8,
            "lib/eal/common/eal_common_memory.c": 6,
            "drivers/common/mlx5/mlx5_malloc.c": 1,
        },
    },
    {
        "name": "socket-id",
        "step": "accessors",
        "files": ["lib/**/*.[ch]", "drivers/**/*.[ch]", "app/**/*.[ch]", "examples/**/*.[ch]"],
        "tokens": r"(?s)memseg_list.*->socket_id\b|->msl->socket_id\b",
        "counts": r"\b(eal_memseg_list_socket_id|rte_memseg_list_get_socket_id)\(",
        "least": {
            "all files": 12,
            "lib/eal/common/malloc_heap.c": 4,
            "lib/mempool/rte_mempool.c": 1,
        },
    },
    {
        "name": "index-config",
        "step": "index",
        "files": ["lib/eal/common/eal_memcfg.h"],
        "counts": r"\beal_memseg_index(\.h| memseg_index;)",
        "least": {"lib/eal/common/eal_memcfg.h": 2},
    },
    {
        "name": "index-write",
        "step": "index",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^(malloc_heap_create_external_seg|rte_fbarray_destroy|rte_eal_memory_init)\(",
        "counts": r"\beal_memseg_index_(write|withdraw_memsegs)\(",
        "least": {"all files": 3},
    },
    {
        "name": "lookup",
        "step": "index",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"\bvirt2memseg_list\(",
        "counts": r"\beal_memseg_index_find\(",
        "least": {"all files": 1},
    },
    {
        "name": "unattached",
        "step": "unattached",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^(rte_memseg_\w*walk_thread_unsafe|virt2memseg|handle_eal_\w+_request|malloc_heap_find_external_seg)\(",
        "counts": r"\beal_(memsegs_are_readable|memseg_list_walk_all)\(",
        "least": {"all files": 5},
    },
    {
        "name": "version",
        "step": "version",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^eal_mcfg_\w+\(",
        "counts": r"\bEAL_EXTMEM_(VERSION|LAYOUT)\b",
        "least": {"all files": 4},
    },
    {
        "name": "external-seg-dmabuf",
        "step": "dmabuf",
        "files": ["lib/eal/common/*.[ch]"],
        "tokens": r"\bmalloc_heap_create_external_seg\(",
        "counts": r'\brte_mem_find_dmabuf_list\(|\beal_extmem_may_take\(|, dmabuf\);|struct eal_extmem_dmabuf|, NULL\)|"eal_extmem_record\.h"',
        "least": {"all files": 8},
    },
    {
        "name": "extmem-dmabuf",
        "step": "dmabuf",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^(sync_memory|rte_extmem_(attach|unregister))\(",
        "counts": r"\beal_dmabuf_(attach|detach|is_of_no_heap|unregister|unregistered)\(|& RTE_MEMSEG_LIST_DMABUF\b",
        "least": {"all files": 6},
    },
    {
        "name": "memseg-fd",
        "step": "dmabuf",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^rte_memseg_get_fd_thread_unsafe\(",
        "counts": r"\beal_dmabuf_memseg_fd(_offset)?\(",
        "least": {"all files": 2},
    },
    {
        "name": "mp-init",
        "step": "dmabuf",
        "files": ["lib/eal/linux/*.c"],
        "tokens": r"(?m)^rte_eal_init\(",
        "counts": r"\beal_dmabuf_(mp_init\(|keeper\.h)",
        "least": {"all files": 2},
    },
    {
        "name": "cleanup",
        "step": "dmabuf",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^rte_eal_memory_detach\(",
        "counts": r"\beal_dmabuf_cleanup\(",
        "least": {"all files": 1},
    },
    {
        "name": "dump",
        "step": "dump",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^rte_dump_physmem_layout\(",
        "counts": r"\beal_dmabuf_dump\(",
        "least": {"all files": 1},
    },
    {
        "name": "mlx5-glue",
        "step": "mlx5",
        "files": ["drivers/common/mlx5/**/*.c"],
        "tokens": r"\(const struct mlx5_glue\)",
        "counts": r"\bmlx5_glue_reg_dmabuf_mr\b",
        "least": {"all files": 1},
    },
    {
        "name": "mlx5-reg-mr",
        "step": "mlx5",
        "files": ["drivers/common/mlx5/linux/*.c"],
        "tokens": r"(?m)^mlx5_common_verbs_reg_mr\(|^mlx5_os_reg_mr\(",
        "counts": r"\bmlx5_(common_verbs_)?dmabuf(_reg_mr\(|\.h)",
        "least": {"all files": 2},
    },
    {
        "name": "mlx5-mr",
        "step": "mlx5",
        "files": ["drivers/common/mlx5/**/*.c"],
        "tokens": r"(?m)^mlx5_(mempool_get_extmem|get_mempool_ranges|mr_create|mr_mempool_unregister)\w*\(",
        "counts": r"\bmlx5_dmabuf_(widen|check_mbuf|border|list|mr_create)\(|if \(data\.ret < 0\)|(?m:^mlx5_mr_destroy_range\()|(?m:^void\nmlx5_mr_garbage_collect\()|\bmlx5_common_dmabuf\.h",
        "least": {"all files": 10},
    },
    {
        "name": "mlx5-device",
        "step": "mlx5",
        "files": ["drivers/common/mlx5/**/*.c"],
        "tokens": r"(?m)^mlx5_common_dev_dma_(un)?map\(",
        "counts": r"\bmlx5_dmabuf_(device_(added|removed)|before_map|map_errno)\(|\bmlx5_common_dmabuf\.h|write_unlock\(&dev->mr_scache\.rwlock\);\n\s*mlx5_mr_free\(",
        "least": {"all files": 6},
    },
    {
        "name": "mlx4-refuse",
        "step": "mlx4",
        "files": ["drivers/net/mlx4/*.c"],
        "tokens": r"mlx4_glue->reg_mr\(",
        "counts": r"\bmlx4_(reg_mr|mr_socket)\(",
        "least": {"all files": 3},
    },
    {
        "name": "mana-refuse",
        "step": "mana",
        "files": ["drivers/net/mana/*.c"],
        "tokens": r"(?m)\bibv_reg_mr\(|^mana_(alloc|find)_pmd_mr\(",
        "counts": r"\bmana_reg_mr\(|\bmana_refuse_dmabuf\(",
        "least": {"all files": 3},
    },
    {
        "name": "memif-refuse",
        "step": "memif",
        "files": ["drivers/net/memif/*.c"],
        "tokens": r"(?m)^memif_region_init_zc\(",
        "counts": r"\bif \(memif_refuse_dmabuf\(",
        "least": {"all files": 1},
    },
    {
        "name": "virtio-user-table",
        "step": "virtio",
        "files": ["drivers/net/virtio/**/*.c"],
        "tokens": r"(?m)^vhost_user_set_memory_table\(",
        "counts": r"\bvirtio_user_dmabuf(_passes_over\(|_regions\(|\.h)|\bMSG_NOSIGNAL\b|-1 : left;",
        "least": {"all files": 5},
    },
    {
        "name": "virtio-user-device",
        "step": "virtio",
        "files": ["drivers/net/virtio/**/*.c"],
        "tokens": r"(?m)^virtio_user_(dev_init|pmd_probe)\(",
        "counts": r"\bvirtio_user_dmabuf(_device_added\(|_device_removed\(|_port_added\(|\.h)",
        "least": {"all files": 6},
    },
]

# lines in build files, symbol maps, indexes, and code whose form Coccinelle would lose
#   after   the first lines to match this regular expression are followed by
#   text    these, in which \1 is a group of the match
#   unless  a DPDK does without it if it has this, as in UNLESS
INSERTIONS = [
    {
        "step": "properties",
        "file": "lib/eal/include/rte_memory.h",
        "after": r"(?s)^struct (?:__rte_packed_begin )?rte_memseg \{.*?^\}[^;]*;$",
        "text": r"""
/** Bit of rte_memseg_list.properties: memory that EAL did not allocate. */
#define RTE_MEMSEG_LIST_EXTERNAL RTE_BIT32(0)
/**
 * Bit of rte_memseg_list.properties: a dma-buf describes the memory.
 *
 * RTE_MEMSEG_LIST_EXTERNAL is always set with it. The members base_va and socket_id of such a list
 * hold neither an address nor a socket: call rte_memseg_list_get_va() and
 * rte_memseg_list_get_socket_id() instead of reading them.
 */
#define RTE_MEMSEG_LIST_DMABUF RTE_BIT32(1)

/** Marks rte_memseg_list.external, the former name of rte_memseg_list.properties. */
#define __rte_external_deprecated \\
	__rte_deprecated_msg("read the RTE_MEMSEG_LIST_EXTERNAL bit of properties instead")""",
    },
    # C99 has no unions without a name
    {
        "step": "properties",
        "file": "lib/eal/include/rte_memory.h",
        "after": r"^struct rte_memseg_list \{\n(.*\n)*?.*uint64_t page_sz;.*$",
        "text": "	__extension__",
    },
    {
        "step": "properties",
        "file": "lib/eal/include/rte_memory.h",
        "after": r"^struct rte_memseg_list \{\n(.*\n)*?.*size_t len;.*$",
        "text": "	__extension__",
    },
    {
        "step": "records",
        "file": "lib/eal/include/rte_memory.h",
        "after": r"(?s)^struct rte_memseg_list \{.*?^\};$",
        "text": """
/**
 * @warning
 * @b EXPERIMENTAL: this API may change without prior notice.
 *
 * Get the virtual address at which a memseg list starts.
 *
 * Use this instead of reading base_va, which is the VA of ordinary lists only. Takes no lock, so
 * that it can be called from memory event callbacks and memseg walks; elsewhere the caller must
 * know that the list is not unregistered meanwhile.
 *
 * @since 26.11
 *
 * @param msl
 *   EAL's own memseg list, not NULL and not a copy.
 *
 * @return
 *   The address, or NULL if the list is not in use.
 */
__rte_experimental
void *
rte_memseg_list_get_va(const struct rte_memseg_list *msl);

/**
 * @warning
 * @b EXPERIMENTAL: this API may change without prior notice.
 *
 * Get the socket of a memseg list: a NUMA node, or the external socket id that EAL gave to external
 * memory.
 *
 * Use this instead of reading socket_id, which is the socket of ordinary lists only. Takes no lock:
 * see rte_memseg_list_get_va().
 *
 * @since 26.11
 *
 * @param msl
 *   EAL's own memseg list, not NULL and not a copy.
 *
 * @return
 *   The socket id.
 */
__rte_experimental
int
rte_memseg_list_get_socket_id(const struct rte_memseg_list *msl);""",
    },
    # the accessors are inline, and need the whole structure; here for those who read lists
    {
        "step": "records",
        "file": "lib/eal/common/eal_memcfg.h",
        "after": r"(?s)^struct rte_mem_config \{.*?^\};$",
        "text": """
#include "eal_extmem.h\"""",
    },
    {
        "step": "records",
        "file": "lib/eal/common/eal_private.h",
        "unless": ("lib/eal/common/eal_private.h", r"^#define EAL_LOG\("),  # since 24.03
        "after": r'^#include "eal_internal_cfg\.h"$',
        "text": r"""
#define EAL_LOG(level, fmt, ...) RTE_LOG(level, EAL, fmt "\\n", ## __VA_ARGS__)""",
    },
    {
        "step": "records",
        "file": "lib/eal/common/eal_memalloc.h",
        "after": "^#include <rte_memory.h>$",
        "text": """
#include "eal_memcfg.h\"""",
    },
    {
        "step": "records",
        "file": "lib/eal/common/meson.build",
        "after": r"^( *)'eal_common_uuid\.c',$",
        "text": r"\1'eal_extmem.c',",
    },
    {
        "step": "index",
        "file": "lib/eal/common/meson.build",
        "after": r"^( *)'eal_extmem\.c',$",
        "text": r"\1'eal_memseg_index.c',",
    },
    {
        "step": "dmabuf",
        "file": "lib/eal/include/meson.build",
        "after": r"^( *)'rte_memory\.h',$",
        "text": r"\1'rte_memory_dmabuf.h',",
    },
    {
        "step": "dmabuf",
        "file": "lib/eal/include/rte_memory.h",
        "after": r"^#include <rte_fbarray\.h>$",
        "text": "#include <rte_memory_dmabuf.h>",
    },
    {
        "step": "dmabuf",
        "file": "lib/eal/common/meson.build",
        "after": r"^( *)'eal_common_dev\.c',$",
        "text": r"""\1'eal_common_dmabuf.c',
\1'eal_common_dmabuf_callback.c',""",
    },
    {
        "step": "dmabuf",
        "file": "lib/eal/linux/meson.build",
        "after": r"^( *)'eal_dev\.c',$",
        "text": r"""\1'eal_dmabuf.c',
\1'eal_dmabuf_fd.c',
\1'eal_dmabuf_keeper.c',
\1'eal_dmabuf_mp.c',""",
    },
    {
        "step": "dump",
        "file": "lib/eal/common/meson.build",
        "after": r"^( *)'eal_common_dmabuf_callback\.c',$",
        "text": r"\1'eal_common_dmabuf_dump.c',",
    },
    {
        "step": "records",
        "file": "lib/eal/version.map",
        "unless": EXPORTS,
        "after": r"^EXPERIMENTAL \{\n\tglobal:$",
        "text": """
	# added in 26.11
	rte_memseg_list_get_socket_id;
	rte_memseg_list_get_va;""",
    },
    {
        "step": "dmabuf",
        "file": "lib/eal/version.map",
        "unless": EXPORTS,
        "after": r"^\t# added in 26\.11$",
        "text": """	rte_extmem_register_dmabuf;
	rte_mem_find_dmabuf_list;
	rte_memseg_list_get_dmabuf_fd;
	rte_memseg_list_get_dmabuf_fd_unsafe;
	rte_memseg_list_get_dmabuf_offset;
	rte_memseg_list_get_dmabuf_offset_unsafe;""",
    },
    {
        "step": "dmabuf",
        "file": "lib/eal/version.map",
        "unless": EXPORTS,
        "after": r"(?s)^INTERNAL \{.*?^\trte_eal_parse_coremask;$",
        "text": """	rte_extmem_dmabuf_attached;
	rte_extmem_dmabuf_callback_register;
	rte_extmem_dmabuf_callback_unregister;
	rte_extmem_dmabuf_exporter;""",
    },
    {
        "step": "vfio",
        "file": "lib/eal/common/meson.build",
        "after": r"^( *)'eal_common_uuid\.c',$",
        "text": r"\1'eal_common_vfio_dmabuf.c',",
    },
    {
        "step": "vfio",
        "file": "lib/eal/version.map",
        "unless": EXPORTS,
        "after": r"^\t# added in 26\.11$",
        "text": "	rte_vfio_export_dmabuf;",
    },
    {
        "step": "vfio",
        "file": "lib/eal/include/rte_vfio.h",
        "unless": ("lib/eal/include/rte_vfio.h", r"^#include <rte_compat\.h>$"),
        "after": r"^#include <stdint\.h>$",
        "text": """
#include <rte_compat.h>""",
    },
    {
        "step": "vfio",
        "file": "lib/eal/include/rte_vfio.h",
        "after": r"(?s)^rte_vfio_container_dma_unmap\(.*?;$",
        "text": """
/**
 * @warning
 * @b EXPERIMENTAL: this API may change without prior notice.
 *
 * Export a part of a PCI device's BAR as a dma-buf, for rte_extmem_register_dmabuf().
 *
 * The memory is there as long as the device is open: when its last descriptor is closed, or the
 * device is reset, the kernel takes the memory away from whoever uses the dma-buf.
 *
 * It needs Linux 6.19 with CONFIG_VFIO_PCI_DMABUF. Can be called by any thread of any process, and
 * before rte_eal_init().
 *
 * @since 26.11
 *
 * @param vfio_dev_fd
 *   VFIO's descriptor of the device, whose group must be in a container already. That of a device
 *   that EAL uses is rte_intr_dev_fd_get() of its interrupt handle.
 * @param bar
 *   Number of the BAR, 0 to 5.
 * @param offset
 *   Offset in the BAR in bytes, a multiple of the system's page size.
 * @param len
 *   Length in bytes, a multiple of the system's page size, not 0.
 *
 * @return
 *   A descriptor, which is the caller's to close; -1 on failure, with rte_errno set:
 *   - EINVAL: the range is not of whole pages within the BAR, or the device is not ready
 *   - ENODEV: the device has no memory there
 *   - ENOTSUP: no VFIO PCI device, another system, or an older kernel
 *   - others as of ioctl(2), EBADF or EMFILE for example
 */
__rte_experimental
int
rte_vfio_export_dmabuf(int vfio_dev_fd, unsigned int bar, uint64_t offset, uint64_t len);""",
    },
    {
        "step": "mlx5",
        "file": "drivers/common/mlx5/meson.build",
        "after": r"^( *)'mlx5_common\.c',$",
        "text": r"\1'mlx5_common_dmabuf.c',",
    },
    {
        "step": "mlx5",
        "file": "drivers/common/mlx5/linux/meson.build",
        "after": r"^sources \+= files\('mlx5_common_verbs\.c'\)$",
        "text": "sources += files('mlx5_common_verbs_dmabuf.c')",
    },
    {
        "step": "mlx5",
        "file": "drivers/common/mlx5/linux/meson.build",
        "after": r"^has_sym_args = \[$",
        "text": "        [ 'HAVE_IBV_REG_DMABUF_MR', 'infiniband/verbs.h', 'ibv_reg_dmabuf_mr' ],",
    },
    # last, so that every other member keeps its place
    {
        "step": "mlx5",
        "file": "drivers/common/mlx5/linux/mlx5_glue.h",
        "after": r"(?s)^struct mlx5_glue \{.*?;(?=\n\};)",
        "text": """	struct ibv_mr *(*reg_dmabuf_mr)(struct ibv_pd *pd, uint64_t offset,
					size_t length, uint64_t iova, int fd,
					int access);""",
    },
    {
        "step": "mlx5",
        "file": "drivers/common/mlx5/linux/mlx5_glue.c",
        "after": r"(?s)^mlx5_glue_dereg_mr\(.*?^\}$",
        "text": """
static struct ibv_mr *
mlx5_glue_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t length,
			uint64_t iova, int fd, int access)
{
#ifdef HAVE_IBV_REG_DMABUF_MR /* rdma-core 34 */
	return ibv_reg_dmabuf_mr(pd, offset, length, iova, fd, access);
#else
	(void)pd;
	(void)offset;
	(void)length;
	(void)iova;
	(void)fd;
	(void)access;
	errno = EOPNOTSUPP;
	return NULL;
#endif
}""",
    },
    # a driver that calls reg_dmabuf_mr() must not load the glue of one that has it not
    {
        "step": "mlx5",
        "file": "drivers/common/mlx5/linux/meson.build",
        "after": "^LIB_GLUE_VERSION = abi_version$",
        "text": "LIB_GLUE_VERSION += '-dmabuf'",
    },
    {
        "step": "mlx4",
        "file": "drivers/net/mlx4/mlx4_mr.c",
        "after": r'(?s)^#include "mlx4_mr\.h".*?^#include "mlx4_utils\.h"$',
        "text": r"""#include "../../common/verbs/verbs_dmabuf.h"

static struct ibv_mr *
mlx4_reg_mr(struct ibv_pd *pd, void *addr, size_t length, int access)
{
	char text[VERBS_DMABUF_TEXT_LEN];

	if (verbs_dmabuf_refuse(addr, length, text)) {
		if (text[0] != '\\0')
			ERROR("%s", text);
		return NULL;
	}
	return mlx4_glue->reg_mr(pd, addr, length, access);
}

/* The external socket of a dma-buf has no heap. */
static int
mlx4_mr_socket(const struct rte_memseg_list *msl)
{
	if (msl->properties & RTE_MEMSEG_LIST_DMABUF)
		return SOCKET_ID_ANY;
	return rte_memseg_list_get_socket_id(msl);
}""",
    },
    {
        "step": "mana",
        "file": "drivers/net/mana/mana.h",
        "after": r"(?s)^#define DRV_LOG\(.*?[^\\]$",
        "text": r"""
#include <infiniband/verbs.h>
#include "../../common/verbs/verbs_dmabuf.h"

static inline bool
mana_refuse_dmabuf(const void *addr, size_t length)
{
	char text[VERBS_DMABUF_TEXT_LEN];

	if (likely(!verbs_dmabuf_refuse(addr, length, text)))
		return false;
	if (text[0] != '\\0')
		DRV_LOG(ERR, "%s", text);
	return true;
}

static inline struct ibv_mr *
mana_reg_mr(struct ibv_pd *pd, void *addr, size_t length, int access)
{
	if (mana_refuse_dmabuf(addr, length))
		return NULL;
	return ibv_reg_mr(pd, addr, length, access);
}""",
    },
    {
        "step": "memif",
        "file": "drivers/net/memif/rte_eth_memif.c",
        "after": r"(?s)^memif_free_regions\(.*?^\}$",
        "text": """
/*
 * The peer would map the dma-buf from its start and look for packets in the first region, and EAL's
 * descriptor would be closed.
 */
static bool
memif_refuse_dmabuf(const struct rte_memseg_list *msl)
{
	if ((msl->properties & RTE_MEMSEG_LIST_DMABUF) == 0)
		return false;
	MIF_LOG(ERR, "Cannot share the dma-buf at %p; set zero-copy=no",
		rte_memseg_list_get_va(msl));
	return true;
}""",
    },
    {
        "step": "virtio",
        "file": "drivers/net/virtio/meson.build",
        "after": r"^( *)'virtio_user/vhost_user\.c',$",
        "text": r"\1'virtio_user/virtio_user_dmabuf.c',",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/meson.build",
        "after": r"(?s)^sources = files\(.*?^\)$",
        "text": """
if is_linux
    sources += files('dmabuf.c')
endif""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/testpmd.h",
        "after": r"^\tMP_ALLOC_XMEM_HUGE,\n.*\*/$",
        "text": """	MP_ALLOC_DMABUF,
	/**< allocate mempool natively, use rte_pktmbuf_pool_create_extbuf in dma-bufs */""",
    },
    *({
        "step": "testpmd",
        "file": f"app/test-pmd/{name}.c",
        "after": r'^#include "testpmd\.h"$',
        "text": '#include "dmabuf.h"',
    } for name in ("cmdline", "config", "parameters", "testpmd")),
    {
        "step": "testpmd",
        "file": "app/test-pmd/testpmd.c",
        "after": r"(?s)^\tcase MP_ALLOC_XBUF:.*?^\t\t\}$",
        "text": """	case MP_ALLOC_DMABUF:
		rte_mp = dmabuf_pool_create(pool_name, nb_mbuf, mb_mempool_cache,
			mbuf_seg_size, socket_id);
		break;""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/testpmd.c",
        "after": r"^setup_attached_port\([^)]*\)\n\{\n(?:\t.*;\n)*?\tint ret;$",
        "text": """
	if (!dmabuf_add_port(pi)) {
		rte_eth_dev_close(pi);
		return;
	}""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/testpmd.c",
        "after": r'(?s)^start_packet_forwarding\(.*?"Packet forwarding already started\\n"\);\n\t\treturn;\n\t\}$',
        "text": """	if (dmabuf_refuses(with_tx_first ? "tx_first" : cur_fwd_eng->fwd_mode_name))
		return;""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/testpmd.c",
        "after": r"^\t\t\tmempool_free_mp\(mempools\[i\]\);$",
        "text": "	dmabuf_close();",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/config.c",
        "after": r"^set_verbose_level\(uint16_t vb_level\)\n\{$",
        "text": """	if (vb_level != 0 && dmabuf_refuses("set verbose"))
		return;
""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/config.c",
        "after": r'^\tcase MP_ALLOC_XBUF:\n\t\treturn "xbuf";$',
        "text": """	case MP_ALLOC_DMABUF:
		return "dmabuf";""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/parameters.c",
        "after": r'(?s)^\tprintf\("  --mp-alloc <native\|.*?\);$',
        "text": r"""	printf("  --mp-alloc dmabuf: allocate mempools in the dma-buf of --dmabuf.\\n");
	printf("  --dmabuf=<heap:name|udmabuf|fd:number>[,size=N][,offset=N][,page_sz=N]: "
	       "the dma-buf of --mp-alloc=dmabuf.\\n");""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/parameters.c",
        "unless": OPTION_NUMBERS,
        "after": r'^(\t+)\{ "mp-alloc",.*$',
        "text": r"""\1{ "dmabuf",			1, 0, 0 },""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/parameters.c",
        "unless": OPTION_NAMES,
        "after": r"^\tTESTPMD_OPT_MP_ALLOC_NUM,$",
        "text": """#define TESTPMD_OPT_DMABUF "dmabuf"
	TESTPMD_OPT_DMABUF_NUM,""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/parameters.c",
        "unless": OPTION_NAMES,
        "after": r"^\tREQUIRED_ARG\(TESTPMD_OPT_MP_ALLOC\),$",
        "text": "	REQUIRED_ARG(TESTPMD_OPT_DMABUF),",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/parameters.c",
        "unless": OPTION_NUMBERS,
        "after": r"^\t\t\t\t\tmp_alloc_type = MP_ALLOC_XBUF;(?s:.*?)^(\t+)\}$",
        "text": r"""\1if (!strcmp(lgopts[opt_idx].name, "dmabuf"))
\1	dmabuf_parse(optarg);""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/parameters.c",
        "unless": OPTION_NAMES,
        "after": r"^\t\t\t\tmp_alloc_type = MP_ALLOC_XBUF;(?s:.*?)^\t\t\tbreak;$",
        "text": """		case TESTPMD_OPT_DMABUF_NUM:
			dmabuf_parse(optarg);
			break;""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/parameters.c",
        "after": r'^(\t+)else if \(!strcmp\(optarg, "xmemhuge"\)\)\n(\t+)mp_alloc_type = MP_ALLOC_XMEM_HUGE;$',
        "text": r"""\1else if (!strcmp(optarg, "dmabuf"))
\2mp_alloc_type = MP_ALLOC_DMABUF;""",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/parameters.c",
        "after": r"(?s)^\tif \(mempool_flags & RTE_MEMPOOL_F_NO_IOVA_CONTIG &&\n.*?^\t\}$",
        "text": "	dmabuf_check_options();",
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/cmdline.c",
        "after": r'^\t\t\t"       Show general information about devices probed\.\\n\\n"$',
        "text": r'''
			"show dmabuf\\n"
			"       Show the dma-bufs that packets are in.\\n\\n"''',
    },
    {
        "step": "testpmd",
        "file": "app/test-pmd/cmdline.c",
        "after": r"^(\t(?:\(cmdline_parse_inst_t \*\))?&)cmd_showdevice,$",
        "text": r"""#ifdef RTE_EXEC_ENV_LINUX
\1cmd_show_dmabuf,
#endif""",
    },
    {
        "step": "tests",
        "file": "app/test/meson.build",
        "after": r"^( *)'test_external_mem\.c'(,|: \[\],)$",
        "text": r"""\1'extmem_dmabuf_peer.c'\2
\1'extmem_dmabuf_perf.c'\2
\1'extmem_dmabuf_perf_lookup.c'\2
\1'extmem_dmabuf_util.c'\2
\1'test_extmem_dmabuf.c'\2
\1'test_extmem_dmabuf_attach.c'\2
\1'test_extmem_dmabuf_heap.c'\2
\1'test_extmem_dmabuf_lookup.c'\2
\1'test_extmem_dmabuf_perf.c'\2
\1'test_extmem_dmabuf_process.c'\2
\1'test_extmem_dmabuf_stress.c'\2
\1'test_extmem_dmabuf_telemetry.c'\2
\1'test_extmem_dmabuf_unattached.c'\2""",
    },
    {
        "step": "tests",
        "file": "app/test/test.h",
        "unless": ("app/test/test.h", r"^#define REGISTER_PERF_TEST\b"),  # since 23.11
        "after": r"(?s)^#define REGISTER_TEST_COMMAND\(.*?[^\\]$",
        "text": """
#define REGISTER_FAST_TEST(cmd, no_huge, ASan, func) REGISTER_TEST_COMMAND(cmd, func)
#define REGISTER_PERF_TEST REGISTER_TEST_COMMAND""",
    },
    {
        "step": "tests",
        "file": "MAINTAINERS",
        "after": r"^F: app/test/test_external_mem\.c$",
        "text": "F: app/test/*extmem_dmabuf*",
    },
    {
        "step": "dmabuf",
        "file": "doc/guides/prog_guide/index.rst",
        "after": "^( *)env_abstraction_layer$",
        "text": r"""\1dmabuf_memory
\1dmabuf_processes
\1dmabuf_performance""",
    },
    {
        "step": "mlx5",
        "file": "MAINTAINERS",
        "after": r"^F: drivers/common/mlx5/$",
        "text": "F: drivers/common/verbs/",
    },
    {
        "step": "vfio",
        "file": "doc/guides/prog_guide/index.rst",
        "after": "^( *)dmabuf_performance$",
        "text": r"\1dmabuf_peer_to_peer",
    },
    {
        "step": "mlx5",
        "file": "doc/guides/prog_guide/index.rst",
        "after": "^( *)dmabuf_performance$",
        "text": r"\1dmabuf_drivers",
    },
    {
        "step": "dmabuf",
        "file": "doc/guides/howto/index.rst",
        "after": "^( *)rte_flow$",
        "text": r"\1udmabuf",
    },
    {
        "step": "mlx5",
        "file": "doc/guides/howto/index.rst",
        "after": "^( *)udmabuf$",
        "text": r"\1mlx5_dmabuf",
    },
    {
        "step": "dmabuf",
        "file": "doc/api/doxy-api-index.md",
        "after": r"^( *)\[memseg\]\(@ref rte_memory\.h\),$",
        "text": r"\1[dma-buf](@ref rte_memory_dmabuf.h),",
    },
    {
        "step": "accessors",
        "file": "doc/guides/rel_notes/deprecation.rst",
        "after": r"^Deprecation Notices\n-+$",
        "text": """
* eal: Reading ``external``, ``base_va``, ``addr_64`` and ``socket_id``
  of ``struct rte_memseg_list`` is deprecated.
  Test the bit ``RTE_MEMSEG_LIST_EXTERNAL`` of ``properties``,
  and call ``rte_memseg_list_get_va()`` and ``rte_memseg_list_get_socket_id()``:
  in the list of a dma-buf, these members hold no address and no socket.""",
    },
    # behind the comment that tells how to write them, while the release is made
    {
        "step": "index",
        "file": "doc/guides/rel_notes/release_{version}.rst",
        "after": r"^New Features\n-+\n(?:\n\.\. This section(?:.*\n)*?   =+$)?",
        "text": """
* **Added an index of the addresses of memseg lists.**

  ``rte_mem_virt2memseg_list()`` searches it instead of all lists.""",
    },
    {
        "step": "unattached",
        "file": "doc/guides/rel_notes/release_{version}.rst",
        "after": r"^  ``rte_mem_virt2memseg_list\(\)`` searches it instead of all lists\.$",
        "text": """  Look-ups and walks of memsegs pass over external memory
  that the process has not attached; they crashed.""",
    },
    {
        "step": "dmabuf",
        "file": "doc/guides/rel_notes/release_{version}.rst",
        "after": r"^  that the process has not attached; they crashed\.$",
        "text": """
* **Added dma-buf memory.**

  Added ``rte_extmem_register_dmabuf()``,
  which registers memory that a dma-buf describes,
  and functions that return its descriptor and offset.
  Other processes get the dma-buf by ``rte_extmem_attach()``.
  See :doc:`../prog_guide/dmabuf_memory`.""",
    },
    {
        "step": "vfio",
        "file": "doc/guides/rel_notes/release_{version}.rst",
        "after": r"^  See :doc:`\.\./prog_guide/dmabuf_memory`\.$",
        "text": """
* **Added export of device memory as a dma-buf.**

  Added ``rte_vfio_export_dmabuf()``, with which a NIC can write packets
  into the memory of another PCI device.
  See :doc:`../prog_guide/dmabuf_peer_to_peer`.""",
    },
    {
        "step": "mlx5",
        "file": "doc/guides/rel_notes/release_{version}.rst",
        "after": r"^  See :doc:`\.\./prog_guide/dmabuf_memory`\.$",
        "text": """
* **Updated NVIDIA mlx5 drivers.**

  Added registration of dma-bufs with the NIC.
  See :doc:`../prog_guide/dmabuf_drivers`.""",
    },
    {
        "step": "virtio",
        "file": "doc/guides/rel_notes/release_{version}.rst",
        "after": r"^  See :doc:`\.\./prog_guide/dmabuf_drivers`\.$",
        "text": """
* **Updated virtio-user driver.**

  Added dma-bufs to the memory that a vhost-user back end gets.""",
    },
    {
        "step": "testpmd",
        "file": "doc/guides/testpmd_app_ug/run_app.rst",
        "after": r"^    \* xmemhuge: create.*\n.*$",
        "text": """    * dmabuf: create mempool using native DPDK memory,
      with the data of packets in the dma-buf of ``--dmabuf``

*   ``--dmabuf <source>[,size=<bytes>][,offset=<bytes>][,page_sz=<bytes>]``

    Set the dma-buf of ``--mp-alloc=dmabuf``.
    The source is ``udmabuf``, ``heap:<name>`` (of ``/dev/dma_heap``),
    or ``fd:<number>`` of a descriptor that testpmd inherits.
    The packets start at the offset, which is 0 by default.
    The size is that of each mempool, by default what it needs.
    Numbers may end in K, M or G. Linux only.
    See :doc:`../howto/testpmd_dmabuf`.""",
    },
    {
        "step": "testpmd",
        "file": "doc/guides/testpmd_app_ug/testpmd_funcs.rst",
        "after": r"^   testpmd> show port \(port_id\) flow transfer proxy$",
        "text": """
show dmabuf
~~~~~~~~~~~

Show the dma-buf that the packets of each mempool are in,
and how each port reaches it::

   testpmd> show dmabuf

Mempools are in dma-bufs with the option ``--mp-alloc=dmabuf``.
See :doc:`../howto/testpmd_dmabuf`.""",
    },
    {
        "step": "testpmd",
        "file": "doc/guides/howto/index.rst",
        "after": "^( *)udmabuf$",
        "text": r"\1testpmd_dmabuf",
    },
    {
        "step": "testpmd",
        "file": "doc/guides/rel_notes/release_{version}.rst",
        "after": r"^  See :doc:`\.\./prog_guide/dmabuf_drivers`\.$",
        "text": """
* **Added dma-bufs to testpmd.**

  Added the option ``--mp-alloc=dmabuf``, with ``--dmabuf``,
  which puts packets in a dma-buf, and the command ``show dmabuf``.""",
    },
]
