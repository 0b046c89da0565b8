/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

#include <string.h>

#include <rte_dev.h>
#include <rte_pci.h>

#include <mlx5_common.h>

#include "devices.h"

struct mlx5_common_device *devices[MODEL_DEVICES];

static int
probe(struct mlx5_common_device *cdev, struct mlx5_kvargs_ctrl *args)
{
	unsigned int i;

	(void)args;
	for (i = 0; i < MODEL_DEVICES; i++) {
		if (strcmp(cdev->dev->name, model_pci_address(i)) == 0)
			devices[i] = cdev;
	}
	return 0;
}

static int
unplug(struct mlx5_common_device *cdev)
{
	(void)cdev;
	return 0;
}

static const struct rte_pci_id ids[] = {
	{ RTE_PCI_DEVICE(0x15b3, 0x0001) },
	{ .vendor_id = 0 },
};

static struct mlx5_class_driver driver = {
	.drv_class = MLX5_CLASS_ETH,
	.name = "model_eth",
	.probe = probe,
	.remove = unplug,
	.id_table = ids,
};

void
devices_install(void)
{
	model_install();
	mlx5_common_init();
	mlx5_class_driver_register(&driver);
}
