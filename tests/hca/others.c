/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/*
 * Registration of the verbs drivers besides mlx5, on a model HCA and with dma-bufs that the kernel
 * made.
 *
 * usage: hca-others [EAL arguments]
 */

#include <stdio.h>
#include <stdlib.h>

#include "bed.h"
#include "others.h"

static const struct {
	const char *name;
	bool (*run)(void);
} cases[] = {
	{ "net/mlx4 refuses dma-bufs, missed or in a pool", case_mlx4 },
	{ "net/mana refuses dma-bufs, in pools of both kinds and for a secondary process", case_mana },
};

int
main(int argc, char **argv)
{
	const unsigned int n_cases = sizeof(cases) / sizeof(cases[0]);
	unsigned int i, failed = 0;
	bool ok;

	setvbuf(stdout, NULL, _IOLBF, 0);
	bed_start(argc, argv, "primary");
	for (i = 0; i < n_cases; i++) {
		bed_seed(i + 1);
		ok = cases[i].run();
		if (ok && model_calls.live != 0)
			ok = wrong("%u memory regions are left", model_calls.live);
		printf("%s %u - model HCA: %s\n", ok ? "ok" : "not ok", i + 1, cases[i].name);
		failed += !ok;
	}
	printf("1..%u\n", n_cases);
	bed_stop();
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
