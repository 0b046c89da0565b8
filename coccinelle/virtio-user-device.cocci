// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A device of virtio-user is told of dma-bufs as long as it is told of EAL's memory, and a port has its own way
// to start.

@@
identifier dev;
statement S;
@@
 virtio_user_dev_init(struct virtio_user_dev *dev, ...)
 {
 ... when any
 if (rte_mem_event_callback_register(...)) S
+virtio_user_dmabuf_device_added(dev);
 ... when any
 }

@@
identifier dev;
@@
 virtio_user_dev_uninit(struct virtio_user_dev *dev)
 {
 ... when any
+virtio_user_dmabuf_device_removed(dev);
 rte_mem_event_callback_unregister(...);
 ... when any
 }

@@
identifier eth_dev;
@@
 virtio_user_pmd_probe(...)
 {
 <...
+virtio_user_dmabuf_port_added(eth_dev);
 rte_eth_dev_probing_finish(eth_dev);
 ...>
 }

@@
@@
 #include "virtio_user_dev.h"
+#include "virtio_user_dmabuf.h"

@@
@@
 #include "virtio_user/virtio_user_dev.h"
+#include "virtio_user/virtio_user_dmabuf.h"
