/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef DEVICES_H
#define DEVICES_H

#include "model.h"

struct mlx5_common_device;

/* By number, as soon as EAL has started; NULL for those that mlx5 was not given. */
extern struct mlx5_common_device *devices[MODEL_DEVICES];

/* model_install(), with a class driver of ours where net/mlx5 would be. */
void devices_install(void);

#endif /* DEVICES_H */
