/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#ifndef OTHERS_H
#define OTHERS_H

#include <stdbool.h>

#include "expect.h"

bool case_mlx4(void);
bool case_mana(void);

#endif /* OTHERS_H */
