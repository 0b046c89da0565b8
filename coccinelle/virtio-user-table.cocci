// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The memory table of vhost-user has the dma-bufs of this process, and passes over other external memory, which
// has no descriptors. Those that do not fit are no failure here. Writing to a back end that died must not end this
// process.

@@
symbol msl;
identifier fd, ms;
@@
 update_memory_region(...)
 {
 ... when any
+if (virtio_user_dmabuf_passes_over(msl))
+	return 0;
 fd = rte_memseg_get_fd_thread_unsafe(ms);
 ... when any
 }

@@
identifier dev, data, wa, msg, ret;
symbol fds;
statement S;
@@
 vhost_user_set_memory_table(struct virtio_user_dev *dev)
 {
 ... when any
+int left;
 struct vhost_user_data *data = dev->backend_data;
 ... when any
 ret = rte_memseg_walk_thread_unsafe(update_memory_region, &wa);
 if (ret < 0) S
+left = virtio_user_dmabuf_regions(dev, wa.vm->regions, fds, &wa.region_nr, RTE_DIM(fds));
 ... when any
-return vhost_user_check_reply_ack(dev, &msg);
+return vhost_user_check_reply_ack(dev, &msg) < 0 ? -1 : left;
 ... when any
 }

@@
expression F, M;
@@
 vhost_user_write(...)
 {
 <+...
-sendmsg(F, M, 0)
+sendmsg(F, M, MSG_NOSIGNAL)
 ...+>
 }

@@
@@
 #include "virtio_user_dev.h"
+#include "virtio_user_dmabuf.h"
