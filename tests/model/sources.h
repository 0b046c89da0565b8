/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef SOURCES_H
#define SOURCES_H

/* What the sequences pass as a dma-buf. */

#include <stdbool.h>

#include "model.h"

#define N_SOURCES 8

/* Make dma-bufs, or stand-ins for some. */
int sources_create(bool real);

/* A descriptor, by any number, and what the model has to know of it; NULL for a negative one. */
int source_fd(unsigned int which);
const struct source *source_of(unsigned int which);

/* Is fstatfs() to fail? Or NULL. */
extern bool (*source_fails)(void);

#endif /* SOURCES_H */
