/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* What a client of telemetry sees of dma-bufs. */

#include "test.h"

#include "extmem_dmabuf_peer.h"
#include "extmem_dmabuf_util.h"

#ifndef RTE_EXEC_ENV_LINUX

static int
test_extmem_dmabuf_telemetry(void)
{
	return TEST_SKIPPED;
}

#else

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <rte_eal.h>

#define N_PAGES 4

static char reply[16384];

/* One message of the socket, which is a string here. */
static int
receive(int sock)
{
	ssize_t n = recv(sock, reply, sizeof(reply) - 1, 0);

	if (n < 0)
		return -1;
	reply[n] = '\0';
	return 0;
}

/* Connect to this process's own socket, which greets whoever does. */
static int
connect_telemetry(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = dbt_track_fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/dpdk_telemetry.v2",
		rte_eal_get_runtime_dir());
	if (sock < 0 || connect(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
			receive(sock) < 0)
		return -1;
	return sock;
}

static int
ask(int sock, const char *request)
{
	if (send(sock, request, strlen(request), 0) < 0)
		return -1;
	return receive(sock);
}

static int
has(const char *name, const char *value)
{
	char words[128];

	/* some versions put a space after the colon */
	snprintf(words, sizeof(words), "\"%s\":%s", name, value);
	if (strstr(reply, words) != NULL)
		return 1;
	snprintf(words, sizeof(words), "\"%s\": %s", name, value);
	if (strstr(reply, words) != NULL)
		return 1;
	printf("no %s in %s\n", words, reply);
	return 0;
}

static int
has_dmabuf(const struct rte_memseg_list *msl, const char *exporter)
{
	char number[32], name[64];
	uint64_t offset;

	if (rte_memseg_list_get_dmabuf_offset(msl, &offset) < 0)
		return 0;
	snprintf(number, sizeof(number), "%d", rte_memseg_list_get_dmabuf_fd(msl));
	snprintf(name, sizeof(name), "\"%s\"", exporter);
	if (!has("Properties", "\"external, dma-buf\"") || !has("Dmabuf_fd", number) ||
			!has("Dmabuf_exporter", name))
		return 0;
	snprintf(number, sizeof(number), "\"0x%" PRIx64 "\"", offset);
	return has("Dmabuf_offset", number);
}

static int
list_number(const struct rte_memseg_list *msl)
{
	/* EAL made its own first list before anyone could register one, so that is list 0 */
	const struct rte_memseg_list *internal = dbt_find_internal_list();

	return internal == NULL ? -1 : (int)(msl - internal);
}

static int
telemetry_shows_dmabufs(void)
{
	const size_t pg = dbt_page_size(), len = N_PAGES * pg;
	char *va = dbt_reserve(len, pg);
	const struct rte_memseg_list *msl;
	char request[64], start[32];
	enum dbt_exporter e;
	int sock, fd, n;

	TEST_ASSERT(va != NULL, "no memory");
	sock = connect_telemetry();
	TEST_ASSERT(sock >= 0, "cannot connect to telemetry; do not run with --no-telemetry");

	for (e = 0; e < DBT_EXPORTERS; e++) {
		if (!dbt_can_export(e))
			continue;
		fd = dbt_create(e, 2 * len);
		TEST_ASSERT(fd >= 0, "no dma-buf");
		TEST_ASSERT(dbt_register(va, len, fd, pg, NULL, 0, pg) == 0, "%d", rte_errno);
		msl = rte_mem_virt2memseg_list(va);
		TEST_ASSERT(msl != NULL, "no list");
		n = list_number(msl);

		snprintf(request, sizeof(request), "/eal/memseg_list_properties,%d", n);
		TEST_ASSERT(ask(sock, request) == 0, "no reply");
		snprintf(start, sizeof(start), "\"0x%" PRIx64 "\"", (uint64_t)(uintptr_t)va);
		TEST_ASSERT(has("Start_addr", start), "start address");
		TEST_ASSERT(has_dmabuf(msl, dbt_exporter_name(e)), "%s", request);

		TEST_ASSERT(dbt_unregister(va, len) == 0, "rte_errno %d", rte_errno);
	}
	return TEST_SUCCESS;
}

static int
telemetry_shows_ordinary_lists(void)
{
	const struct rte_memseg_list *internal = dbt_find_internal_list();
	char request[64];
	int sock = connect_telemetry();

	TEST_ASSERT(sock >= 0, "cannot connect to telemetry; do not run with --no-telemetry");
	TEST_ASSERT(internal != NULL, "EAL has no memory");
	snprintf(request, sizeof(request), "/eal/memseg_list_properties,%d", list_number(internal));
	TEST_ASSERT(ask(sock, request) == 0, "no reply");
	TEST_ASSERT(has("Properties", "\"none\""), "%s", request);
	TEST_ASSERT(strstr(reply, "Dmabuf") == NULL, "a dma-buf in %s", reply);
	return TEST_SUCCESS;
}

static int
telemetry_refuses_bad_lists(void)
{
	static const char *const requests[] = {
		"/eal/memseg_list_properties", "/eal/memseg_list_properties,x",
		"/eal/memseg_list_properties,-1", "/eal/memseg_list_properties,100000",
		"/eal/memseg_list_properties,127", "/eal/memseg_list_properties,0x",
	};
	int sock = connect_telemetry();
	unsigned int i;

	TEST_ASSERT(sock >= 0, "cannot connect to telemetry; do not run with --no-telemetry");
	for (i = 0; i < RTE_DIM(requests); i++) {
		TEST_ASSERT(ask(sock, requests[i]) == 0, "no reply");
		TEST_ASSERT(strstr(reply, "Properties") == NULL, "%s gives %s", requests[i], reply);
	}
	return TEST_SUCCESS;
}

/* A list of another process, which this one has not attached. */
static int
telemetry_shows_unattached(void)
{
	struct dbt_call c = { .op = DBT_OP_REGISTER, .len = N_PAGES * dbt_page_size() };
	static const struct {
		const char *command;
		const char *rest; /* after the list's number */
		bool of_heap; /* whose number comes first */
	} requests[] = {
		{ "/eal/memseg_list_info", "", false },
		{ "/eal/memseg_info", ",0", false },
		{ "/eal/mem_element_list", ",0", true },
		{ "/eal/mem_element_info", ",0,0,0", true },
	};
	const struct rte_memseg_list *msl;
	unsigned int i, id;
	char request[64];
	struct dbt_peer *p;
	int sock, n;

	if (!dbt_can_have_peers())
		return TEST_SKIPPED;
	sock = connect_telemetry();
	TEST_ASSERT(sock >= 0, "cannot connect to telemetry; do not run with --no-telemetry");
	p = dbt_peer_start();
	TEST_ASSERT(p != NULL && dbt_do(p, &c) == 0, "no dma-buf");

	msl = rte_mem_virt2memseg_list(c.va);
	n = list_number(msl);
	snprintf(request, sizeof(request), "/eal/memseg_list_properties,%d", n);
	TEST_ASSERT(ask(sock, request) == 0, "no reply");
	TEST_ASSERT(has("Properties", "\"external, dma-buf\"") &&
		has("Dmabuf_exporter", "\"unknown\"") && has("Attached", "\"no\""), "%s", request);

	for (i = 0; i < RTE_DIM(requests); i++) {
		/* the machine's heaps are among them */
		for (id = 0; id < 8; id++) {
			if (requests[i].of_heap)
				snprintf(request, sizeof(request), "%s,%u,%d%s",
					requests[i].command, id, n, requests[i].rest);
			else
				snprintf(request, sizeof(request), "%s,%d%s",
					requests[i].command, n, requests[i].rest);
			TEST_ASSERT(ask(sock, request) == 0, "%s: no reply", request);
		}
	}
	TEST_ASSERT(dbt_op(p, DBT_OP_UNREGISTER, c.va, c.len) == 0, "unregister");
	return dbt_peer_end(p);
}

static struct unit_test_suite extmem_dmabuf_telemetry_suite = {
	.suite_name = "extmem dma-buf telemetry",
	.unit_test_cases = {
		DBT_CASE(telemetry_shows_dmabufs, DBT_NEEDS_DMABUF | DBT_FILES_VARY),
		DBT_CASE(telemetry_shows_ordinary_lists, DBT_FILES_VARY),
		DBT_CASE(telemetry_refuses_bad_lists, DBT_FILES_VARY),
		DBT_CASE(telemetry_shows_unattached, DBT_NEEDS_DMABUF | DBT_FILES_VARY),
		TEST_CASES_END()
	}
};

static int
test_extmem_dmabuf_telemetry(void)
{
	return unit_test_suite_runner(&extmem_dmabuf_telemetry_suite);
}

#endif /* RTE_EXEC_ENV_LINUX */

REGISTER_FAST_TEST(extmem_dmabuf_telemetry_autotest, NOHUGE_OK, ASAN_OK,
	test_extmem_dmabuf_telemetry);
