/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_eal_memconfig.h>
#include <rte_memory.h>
#include <rte_string_fns.h>
#ifndef RTE_EXEC_ENV_WINDOWS
#include <rte_telemetry.h>
#endif

#include "eal_private.h"
#include "eal_dmabuf.h"
#include "eal_dmabuf_fd.h"
#include "eal_memcfg.h"

/* What there is to show of a list */
struct properties {
	void *va;
	size_t len;
	uint64_t page_sz;
	int socket_id;
	bool external, dmabuf, attached;
	int fd;
	uint64_t offset;
	char exporter[RTE_EXTMEM_DMABUF_EXPORTER_LEN];
};

static const char *
name_of(const struct properties *p)
{
	return p->dmabuf ? "external, dma-buf" : p->external ? "external" : "none";
}

/* Reads the kernel's part without the lock: others need not wait. False for a list not in use. */
static bool
get_properties(unsigned int msl_idx, struct properties *p)
{
	const struct rte_memseg_list *msl =
			&rte_eal_get_configuration()->mem_config->memsegs[msl_idx];
	uint64_t registration;

	rte_mcfg_mem_read_lock();
	registration = eal_extmem_registration(msl_idx);
	p->va = eal_memseg_list_va(msl);
	p->len = msl->len;
	p->page_sz = msl->page_sz;
	p->socket_id = eal_memseg_list_socket_id(msl);
	p->external = (msl->properties & RTE_MEMSEG_LIST_EXTERNAL) != 0;
	p->dmabuf = (msl->properties & RTE_MEMSEG_LIST_DMABUF) != 0;
	p->attached = eal_memsegs_are_readable(msl);
	p->fd = msl->dmabuf_fd;
	p->offset = msl->dmabuf_offset;
	rte_mcfg_mem_read_unlock();

	if (p->va == NULL)
		return false;
	/* the exporter of a dma-buf that only other processes have open can't be known */
	if (p->dmabuf && p->attached)
		eal_dmabuf_fd_exporter(p->fd, p->exporter);
	/* unregistered meanwhile: the number may be another descriptor's */
	if (!p->dmabuf || !p->attached || eal_extmem_registration(msl_idx) != registration)
		strlcpy(p->exporter, "unknown", sizeof(p->exporter));
	return true;
}

void
eal_dmabuf_dump(FILE *f)
{
	struct properties p;
	unsigned int i;

	for (i = 0; i < RTE_MAX_MEMSEG_LISTS; i++) {
		if (get_properties(i, &p) && p.dmabuf)
			fprintf(f,
				"List %u: virt:%p, len:%zu, socket_id:%d, properties:%s, fd:%d"
				", offset:%#" PRIx64 ", exporter:%s%s\n",
				i, p.va, p.len, p.socket_id, name_of(&p), p.fd, p.offset,
				p.exporter, p.attached ? "" : ", not attached");
	}
}

#ifndef RTE_EXEC_ENV_WINDOWS
static void
add_hex(struct rte_tel_data *d, const char *name, uint64_t value)
{
	char hex[sizeof("0x") + 16];

	snprintf(hex, sizeof(hex), "0x%" PRIx64, value);
	rte_tel_data_add_dict_string(d, name, hex);
}

static int
handle_memseg_list_properties(const char *cmd __rte_unused, const char *params,
		struct rte_tel_data *d)
{
	struct properties p;
	unsigned long list;
	char *end;

	if (params == NULL || *params == '\0')
		return -1;
	list = strtoul(params, &end, 10);
	if (*end != '\0' || list >= RTE_MAX_MEMSEG_LISTS || !get_properties(list, &p))
		return -1;

	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_int(d, "Memseg_list_index", list);
	add_hex(d, "Start_addr", (uintptr_t)p.va);
	add_hex(d, "Length", p.len);
	add_hex(d, "Page_size", p.page_sz);
	rte_tel_data_add_dict_int(d, "Socket_id", p.socket_id);
	rte_tel_data_add_dict_string(d, "Properties", name_of(&p));
	rte_tel_data_add_dict_string(d, "Attached", p.attached ? "yes" : "no");
	if (p.dmabuf) {
		rte_tel_data_add_dict_int(d, "Dmabuf_fd", p.fd);
		add_hex(d, "Dmabuf_offset", p.offset);
		rte_tel_data_add_dict_string(d, "Dmabuf_exporter", p.exporter);
	}
	return 0;
}

RTE_INIT(dmabuf_telemetry)
{
	rte_telemetry_register_cmd("/eal/memseg_list_properties", handle_memseg_list_properties,
			"Returns properties of a memseg list, with descriptor, offset and exporter of a dma-buf. Parameters: int memseg_list_id");
}
#endif /* !RTE_EXEC_ENV_WINDOWS */
