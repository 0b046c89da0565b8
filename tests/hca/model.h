/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef MODEL_HCA_H
#define MODEL_HCA_H

/*
 * A model of the HCAs that mlx5 drives: it takes the place of libibverbs in mlx5's glue, refuses
 * what Linux refuses, and moves bytes by (lkey, address) as a NIC does: address - iova is the
 * place in what was registered. Of a dma-buf that is a mapping of its own, of the descriptor at
 * the offset; no address of DPDK is used.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#define MODEL_DEVICES 3

/* What the kernel would answer, for the tests of errors: errno values, or 0 for a real answer. */
struct model_answers {
	int reg_mr;
	int reg_dmabuf_mr;
};
extern struct model_answers model_answers;
/* What happens while the kernel registers the next part of a dma-buf. */
extern void (*model_meanwhile)(void);

/* What reached the model. */
struct model_calls {
	unsigned int reg_mr;
	unsigned int reg_dmabuf_mr;
	unsigned int dereg_mr;
	unsigned int live; /* memory regions */
	/* of the last registration */
	uint64_t offset;
	size_t len;
	uint64_t iova;
	int fd;
	int access;
};
extern struct model_calls model_calls;

/*
 * Put the model into mlx5's glue, and its devices where DPDK's PCI bus looks; before
 * rte_eal_init(). A secondary process has the same devices.
 */
void model_install(void);
/* Remove the files that model_install() made. */
void model_remove(void);
const char *model_pci_address(unsigned int device);
const char *model_device_name(unsigned int device);

/* What the glue's functions of these names do. */
struct ibv_mr *model_reg_mr(struct ibv_pd *pd, void *addr, size_t len, int access);
struct ibv_mr *model_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t len, uint64_t iova,
		int fd, int access);
int model_dereg_mr(struct ibv_mr *mr);

/*
 * Move bytes, as the NIC of a protection domain; 0, or -1 if the NIC would report a protection
 * error.
 */
int model_write(const struct ibv_pd *pd, uint32_t lkey, uint64_t addr, const void *from,
		size_t len);
int model_read(const struct ibv_pd *pd, uint32_t lkey, uint64_t addr, void *to, size_t len);

/* Turns off, and on, what a benchmark must not measure: mapping, and asking the kernel. */
void model_set_mapping(bool on);

#endif /* MODEL_HCA_H */
