# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
"""What tools/apply does to a DPDK tree: the files it adds, the rules it runs, the lines it inserts.

Python, because every version of it since 3.9 reads that.
"""

# new files, as globs from the root of this repository
ADD = [
    "lib/**/*.[ch]",
    "drivers/**/*.[ch]",
    "app/test/*.[ch]",
    "doc/guides/prog_guide/*.rst",
    "doc/guides/prog_guide/img/dmabuf_*.svg",
    "doc/guides/howto/*.rst",
    "doc/guides/rel_notes/dmabuf.rst",
]

# functions that DPDK loses, because a new file does their work
#   files   where one is defined, as globs
#   known   digests of the texts of it that this is known for; another one is refused
FUNCTIONS = [
    {
        "name": "virt2memseg_list",
        "files": ["lib/eal/common/*.c"],
        "known": ["5ff07521e0f1359f"],
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
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^rte_fbarray_destroy\(",
        "counts": r"eal_file_lock\(fd, EAL_FLOCK_SHARED, EAL_FLOCK_RETURN\);",
        "least": {"all files": 1},
    },
    {
        "name": "mp-truncated",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^read_msg\(",
        "counts": r"\bthrow_away\(",
        "least": {"all files": 2},
    },
    {
        "name": "mp-late-reply",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^process_msg\(",
        "counts": r"\bclose\(msg->fds\[i\]\)",
        "least": {"all files": 0},
    },
    {
        "name": "mp-second-reply",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^process_msg\(",
        "counts": r"->reply_received == 0\) \{",
        "least": {"all files": 1},
    },
    {
        "name": "memseg-list",
        "files": ["lib/eal/include/rte_memory.h"],
        "counts": r"\b(rte_memory_dmabuf\.h|dmabuf_offset;|dmabuf_fd;|properties;|__rte_external_deprecated)",
        "least": {"lib/eal/include/rte_memory.h": 5},
    },
    {
        "name": "mem-config",
        "files": ["lib/eal/common/eal_memcfg.h", "lib/eal/common/eal_memalloc.h"],
        "counts": r"\beal_(extmem|memseg_index)\b",
        "least": {"lib/eal/common/eal_memcfg.h": 4, "lib/eal/common/eal_memalloc.h": 2},
    },
    {
        "name": "rte-config",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^static struct rte_config rte_config =",
        "counts": "(?m)^struct rte_config rte_config =",
        "least": {"all files": 1},
    },
    {
        "name": "lookup",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)\bvirt2memseg_list\(|^rte_eal_memory_init\(",
        "counts": r"\beal_memseg_index_(find|write)\(",
        "least": {"all files": 2},
    },
    {
        "name": "external-seg",
        "files": ["lib/eal/common/*.[ch]"],
        "tokens": r"\bmalloc_heap_(create|find)_external_seg\(",
        "counts": r'\b(eal_memseg_index_find_range|eal_extmem_publish|eal_memseg_list_walk_all)\(|struct eal_extmem_dmabuf|, NULL\)|"eal_extmem\.h"',
        "least": {"all files": 8},
    },
    {
        "name": "fbarray-withdraw",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^rte_fbarray_destroy\(",
        "counts": r"\beal_extmem(_withdraw_memsegs\(|\.h)",
        "least": {"all files": 2},
    },
    {
        "name": "extmem",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^(sync_memory|rte_extmem_(attach|unregister))\(",
        "counts": r"\beal_(extmem|dmabuf)_(attach|detach|refuse|unregister|unregistered)\(",
        "least": {"all files": 9},
    },
    {
        "name": "unattached",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^(rte_memseg_\w*walk_thread_unsafe|virt2memseg|handle_eal_\w+_request)\(",
        "counts": r"\beal_memsegs_are_readable\(",
        "least": {"all files": 4},
    },
    {
        "name": "version",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^eal_mcfg_\w+\(",
        "counts": r"\bEAL_EXTMEM_(VERSION|LAYOUT)\b",
        "least": {"all files": 4},
    },
    {
        "name": "mp-init",
        "files": ["lib/eal/linux/*.c"],
        "tokens": r"(?m)^rte_eal_init\(",
        "counts": r"\beal_dmabuf_(mp_init\(|keeper\.h)",
        "least": {"all files": 2},
    },
    {
        "name": "cleanup",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^rte_eal_memory_detach\(",
        "counts": r"\beal_dmabuf_cleanup\(",
        "least": {"all files": 1},
    },
    {
        "name": "dump",
        "files": ["lib/eal/common/*.c"],
        "tokens": r"(?m)^rte_dump_physmem_layout\(",
        "counts": r"\beal_dmabuf_dump\(",
        "least": {"all files": 1},
    },
    {
        "name": "properties",
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
        "name": "base-va",
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
        "name": "mlx5-glue",
        "files": ["drivers/common/mlx5/**/*.c"],
        "tokens": r"\(const struct mlx5_glue\)",
        "counts": r"\bmlx5_glue_reg_dmabuf_mr\b",
        "least": {"all files": 1},
    },
    {
        "name": "mlx5-reg-mr",
        "files": ["drivers/common/mlx5/linux/*.c"],
        "tokens": r"(?m)^mlx5_common_verbs_reg_mr\(|^mlx5_os_reg_mr\(",
        "counts": r"\bmlx5_(common_verbs_)?dmabuf(_reg_mr\(|\.h)",
        "least": {"all files": 2},
    },
    {
        "name": "mlx5-mr",
        "files": ["drivers/common/mlx5/**/*.c"],
        "tokens": r"(?m)^mlx5_(mempool_get_extmem|get_mempool_ranges|mr_create|mr_mempool_unregister)\w*\(",
        "counts": r"\bmlx5_dmabuf_(widen|check_mbuf|border|list|mr_create)\(|if \(data\.ret < 0\)|(?m:^mlx5_mr_destroy_range\()|\bmlx5_common_dmabuf\.h",
        "least": {"all files": 9},
    },
    {
        "name": "mlx5-device",
        "files": ["drivers/common/mlx5/**/*.c"],
        "tokens": r"(?m)^mlx5_common_dev_dma_(un)?map\(",
        "counts": r"\bmlx5_dmabuf_(device_(added|removed)|map_errno)\(|\bmlx5_common_dmabuf\.h|write_unlock\(&dev->mr_scache\.rwlock\);\n\s*mlx5_mr_free\(",
        "least": {"all files": 5},
    },
    {
        "name": "verbs-refuse",
        "files": ["drivers/net/mlx4/mlx4_mr.c", "drivers/net/mana/mp.c", "drivers/net/mana/mr.c"],
        "counts": r"\b(mlx4|mana)_reg_mr\(|\bverbs_dmabuf_refuse\(|\? SOCKET_ID_ANY :",
        "least": {
            "drivers/net/mlx4/mlx4_mr.c": 3,
            "drivers/net/mana/mp.c": 1,
            "drivers/net/mana/mr.c": 2,
        },
    },
]

# lines in build files, symbol maps, indexes, and code whose form Coccinelle would lose
#   after   the first lines to match this regular expression are followed by
#   text    these, in which \1 is a group of the match
#   unless  a file whose presence makes the insertion pointless
INSERTIONS = [
    {
        "file": "lib/eal/include/meson.build",
        "after": r"^( *)'rte_memory\.h',$",
        "text": r"\1'rte_memory_dmabuf.h',",
    },
    # C99 has no unions without a name
    {
        "file": "lib/eal/include/rte_memory.h",
        "after": r"^struct rte_memseg_list \{\n(.*\n)*?.*uint64_t page_sz;.*$",
        "text": "	__extension__",
    },
    {
        "file": "lib/eal/include/rte_memory.h",
        "after": r"^struct rte_memseg_list \{\n(.*\n)*?.*size_t len;.*$",
        "text": "	__extension__",
    },
    {
        "file": "lib/eal/common/meson.build",
        "after": r"^( *)'eal_common_dev\.c',$",
        "text": r"""\1'eal_common_dmabuf.c',
\1'eal_common_dmabuf_callback.c',
\1'eal_common_dmabuf_dump.c',""",
    },
    {
        "file": "lib/eal/common/meson.build",
        "after": r"^( *)'eal_common_uuid\.c',$",
        "text": r"""\1'eal_extmem.c',
\1'eal_memseg_index.c',""",
    },
    {
        "file": "lib/eal/linux/meson.build",
        "after": r"^( *)'eal_dev\.c',$",
        "text": r"""\1'eal_dmabuf.c',
\1'eal_dmabuf_fd.c',
\1'eal_dmabuf_keeper.c',
\1'eal_dmabuf_mp.c',""",
    },
    {
        "file": "lib/eal/version.map",
        "unless": "lib/eal/common/eal_export.h",
        "after": r"^EXPERIMENTAL \{\n\tglobal:$",
        "text": """
	# added in 26.11
	rte_extmem_register_dmabuf;
	rte_mem_find_dmabuf_list;
	rte_memseg_list_get_dmabuf_fd;
	rte_memseg_list_get_dmabuf_fd_unsafe;
	rte_memseg_list_get_dmabuf_offset;
	rte_memseg_list_get_dmabuf_offset_unsafe;
	rte_memseg_list_get_socket_id;
	rte_memseg_list_get_va;""",
    },
    {
        "file": "lib/eal/version.map",
        "unless": "lib/eal/common/eal_export.h",
        "after": r"(?s)^INTERNAL \{.*?^\trte_eal_parse_coremask;$",
        "text": """	rte_extmem_dmabuf_attached;
	rte_extmem_dmabuf_callback_register;
	rte_extmem_dmabuf_callback_unregister;
	rte_extmem_dmabuf_exporter;""",
    },
    {
        "file": "drivers/common/mlx5/meson.build",
        "after": r"^( *)'mlx5_common\.c',$",
        "text": r"\1'mlx5_common_dmabuf.c',",
    },
    {
        "file": "drivers/common/mlx5/linux/meson.build",
        "after": r"^sources \+= files\('mlx5_common_verbs\.c'\)$",
        "text": "sources += files('mlx5_common_verbs_dmabuf.c')",
    },
    {
        "file": "drivers/common/mlx5/linux/meson.build",
        "after": r"^has_sym_args = \[$",
        "text": "        [ 'HAVE_IBV_REG_DMABUF_MR', 'infiniband/verbs.h', 'ibv_reg_dmabuf_mr' ],",
    },
    # last, so that every other member keeps its place
    {
        "file": "drivers/common/mlx5/linux/mlx5_glue.h",
        "after": r"(?s)^struct mlx5_glue \{.*?;(?=\n\};)",
        "text": """	struct ibv_mr *(*reg_dmabuf_mr)(struct ibv_pd *pd, uint64_t offset,
					size_t length, uint64_t iova, int fd,
					int access);""",
    },
    {
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
        "file": "drivers/common/mlx5/linux/meson.build",
        "after": "^LIB_GLUE_VERSION = abi_version$",
        "text": "LIB_GLUE_VERSION += '-dmabuf'",
    },
    {
        "file": "drivers/net/mlx4/mlx4_mr.c",
        "after": r'(?s)^#include "mlx4_mr\.h".*?^#include "mlx4_utils\.h"$',
        "text": """#include "../../common/verbs/verbs_dmabuf.h"

static struct ibv_mr *
mlx4_reg_mr(struct ibv_pd *pd, void *addr, size_t length, int access)
{
	if (verbs_dmabuf_refuse("mlx4", mlx4_logtype, addr, length))
		return NULL;
	return mlx4_glue->reg_mr(pd, addr, length, access);
}""",
    },
    {
        "file": "drivers/net/mana/mana.h",
        "after": "^extern int mana_logtype_driver;$",
        "text": """#include <infiniband/verbs.h>
#include "../../common/verbs/verbs_dmabuf.h"

static inline struct ibv_mr *
mana_reg_mr(struct ibv_pd *pd, void *addr, size_t length, int access)
{
	if (verbs_dmabuf_refuse("mana", mana_logtype_driver, addr, length))
		return NULL;
	return ibv_reg_mr(pd, addr, length, access);
}""",
    },
    {
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
        "file": "doc/guides/prog_guide/index.rst",
        "after": "^( *)env_abstraction_layer$",
        "text": r"""\1dmabuf_memory
\1dmabuf_processes
\1dmabuf_drivers
\1dmabuf_performance""",
    },
    {
        "file": "doc/guides/howto/index.rst",
        "after": "^( *)rte_flow$",
        "text": r"""\1udmabuf
\1mlx5_dmabuf
\1daqiri""",
    },
    {
        "file": "doc/guides/rel_notes/index.rst",
        "after": "^( *):numbered:$",
        "text": r"""
\1dmabuf""",
    },
]
