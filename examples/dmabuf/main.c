/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Packets in real dma-bufs. This process makes a udmabuf and a DMA heap buffer, and exports the
 * memory of a device, starts a mover for each pair of NICs, and checks every packet through mappings
 * of its own.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"

#define PACKETS_DEFAULT 112000
#define PACKETS_MAX 100000000
#define SEED_DEFAULT 20261122

struct options {
	char *iommu[2];
	char *physical[2];
	char *bar[2]; /* the device's address, and the host's file */
	uint64_t packets;
	uint64_t seed;
	bool corrupt;
};

static void
usage(void)
{
	printf(
		"usage: dmabuf-demo [--iommu NIC,NIC] [--pa NIC,NIC] [--bar DEVICE] [options]\n"
		"                   [-- EAL options]\n"
		"  --iommu NIC,NIC  two connected NICs behind an IOMMU, bound to vfio-pci\n"
		"  --pa NIC,NIC     two connected NICs that bypass the IOMMU: they reach memory that\n"
		"                   VFIO can't pin, by physical address\n"
		"  --bar DEVICE     a device with a BAR of 8 MiB of memory or more, bound to\n"
		"                   vfio-pci: its memory carries packets as well; Linux 6.19\n"
		"  --bar-file FILE  check that memory's packets in this file of the machine's host\n"
		"  --packets N      number of packets in all (default %d)\n"
		"  --seed N         of sizes and contents (default %d)\n"
		"  --corrupt        flip one byte of one received packet: the demo then fails, with\n"
		"                   1 mismatch\n"
		"NIC and DEVICE are full PCI addresses such as 0000:00:04.0. Needs root and hugepages.\n",
		PACKETS_DEFAULT, SEED_DEFAULT);
}

static int
parse_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno == 0 && end != text && *end == '\0' && text[0] != '-' && *value <= max)
		return 0;
	fprintf(stderr, "dmabuf-demo: %s is no number from 0 to %" PRIu64 "\n", text, max);
	return -1;
}

/* Split NIC,NIC, or the same with a space, in place. */
static int
parse_nics(char *text, char *nics[2])
{
	char *between = strpbrk(text, ", ");

	if (between == NULL || between == text || between[1] == '\0' ||
			strpbrk(between + 1, ", ") != NULL) {
		fprintf(stderr, "dmabuf-demo: %s is not two PCI addresses with a comma between\n",
			text);
		return -1;
	}
	*between = '\0';
	nics[0] = text;
	nics[1] = between + 1;
	return 0;
}

/* Returns 0, 1 if the program has nothing more to do, or -1. */
static int
parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option known[] = {
		{ "iommu", required_argument, NULL, 'i' },
		{ "pa", required_argument, NULL, 'p' },
		{ "bar", required_argument, NULL, 'b' },
		{ "bar-file", required_argument, NULL, 'f' },
		{ "packets", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "corrupt", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, ret = 0;

	while (ret == 0 && (c = getopt_long(argc, argv, "+h", known, NULL)) != -1) {
		switch (c) {
		case 'i':
			ret = parse_nics(optarg, opt->iommu);
			break;
		case 'p':
			ret = parse_nics(optarg, opt->physical);
			break;
		case 'b':
			opt->bar[0] = optarg;
			break;
		case 'f':
			opt->bar[1] = optarg;
			break;
		case 'n':
			ret = parse_number(optarg, PACKETS_MAX, &opt->packets);
			break;
		case 's':
			ret = parse_number(optarg, UINT64_MAX, &opt->seed);
			break;
		case 'c':
			opt->corrupt = true;
			break;
		case 'h':
			usage();
			return 1;
		default:
			ret = -1;
		}
	}
	if (ret == 0 && optind < argc && strcmp(argv[optind - 1], "--") != 0) {
		fprintf(stderr, "dmabuf-demo: %s is no option; EAL's own follow --\n",
			argv[optind]);
		ret = -1;
	}
	if (ret == 0 && opt->iommu[0] == NULL && opt->physical[0] == NULL) {
		fprintf(stderr, "dmabuf-demo: give NICs with --iommu, --pa or both\n");
		ret = -1;
	}
	if (ret != 0)
		fprintf(stderr, "dmabuf-demo: --help tells the options\n");
	return ret;
}

/* Run a mover in a child process and serve it; returns 0 if it did all it could. */
static int
run_mover(const struct mover_config *config, struct checker *checker, struct buffer *buffers)
{
	int socks[2], status, served;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) != 0) {
		fprintf(stderr, "dmabuf-demo: socketpair: %s\n", strerror(errno));
		return -1;
	}
	pid = fork();
	if (pid < 0) {
		fprintf(stderr, "dmabuf-demo: fork: %s\n", strerror(errno));
		return -1;
	}
	if (pid == 0) {
		close(socks[0]);
		checker_stop(checker); /* its mappings are not the mover's to use */
		exit(mover_run(config, buffers, socks[1]) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	close(socks[1]);
	served = checker_serve(checker, socks[0]);
	close(socks[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		fprintf(stderr, "dmabuf-demo: the mover died of signal %d\n", WTERMSIG(status));
	return served == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct options opt = { .packets = PACKETS_DEFAULT, .seed = SEED_DEFAULT };
	struct buffer buffers[BUFFERS] = {
		[BAR] = { .fd = -1, .memfd = -1, .map_fd = -1, .file = -1 },
	};
	struct checker checker = { .buffers = buffers };
	char packets_text[32], mismatches_text[32];
	uint64_t mismatches;
	unsigned int i, pair, phases;
	bool complete = true;
	int ret;

	setvbuf(stdout, NULL, _IOLBF, 0); /* in order with stderr, and with the mover's output */
	ret = parse_options(argc, argv, &opt);
	if (ret != 0)
		return ret > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	if (buffer_create_udmabuf(&buffers[UDMABUF], BUFFER_LEN) != 0 ||
			buffer_create_heap(&buffers[DMA_HEAP], BUFFER_LEN) != 0)
		return EXIT_FAILURE;
	if (opt.bar[0] != NULL && buffer_create_bar(&buffers[BAR], opt.bar[0], opt.bar[1]) != 0)
		return EXIT_FAILURE;
	/* Every list sends once, to the other of its buffer. */
	phases = (opt.bar[0] != NULL ? BUFFERS : BUFFERS - 1) * SLICES;
	/* The same number of packets for every list, not fewer than asked for in all. */
	opt.packets = (opt.packets + phases - 1) / phases;
	if (opt.packets == 0)
		opt.packets = 1;
	checker.seed = opt.seed;
	checker.n_expected = opt.packets * phases;
	if (checker_start(&checker) != 0)
		return EXIT_FAILURE;

	for (pair = 0; pair < 2; pair++) {
		char **nics = pair == 0 ? opt.iommu : opt.physical;
		struct mover_config config = {
			.nics = { nics[0], nics[1] },
			.physical = pair == 1,
			.packets = opt.packets,
			.seed = opt.seed,
			.corrupt = opt.corrupt && checker.n_seen == 0,
			.program = argv[0],
			.eal_args = argv + optind,
			.n_eal_args = argc - optind,
		};
		bool any = false;

		for (i = 0; i < BUFFERS; i++) {
			config.todo[i] = buffers[i].fd >= 0 && !checker.rows[i][0].used;
			any = any || config.todo[i];
		}
		if (nics[0] != NULL && any && run_mover(&config, &checker, buffers) != 0) {
			complete = false;
			break;
		}
	}
	mismatches = checker_report(&checker);
	for (i = 0; i < BUFFERS; i++) {
		if (buffers[i].fd >= 0 && !checker.rows[i][0].used) {
			fprintf(stderr, "dmabuf-demo: %s carried no packets\n",
				buffers[i].exporter);
			complete = false;
		}
		buffer_close(&buffers[i]);
	}
	complete = complete && checker.n_seen == checker.n_expected;
	printf("\n%s packets, %s mismatches%s\n", grouped(checker.n_seen, packets_text),
		grouped(mismatches, mismatches_text), complete ? "" : "; not complete");
	checker_stop(&checker);
	return complete && mismatches == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
