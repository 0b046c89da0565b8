// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The memseg list says what kind of memory it is, and holds a dma-buf's offset and descriptor where
// other lists have their address and socket. Every member keeps its place and size.

@@
attribute name __rte_external_deprecated;
@@
struct rte_memseg_list {
	union {
+		/** Where in its dma-buf the list starts; only of a dma-buf's list. */
+		uint64_t dmabuf_offset;
		void *base_va;
		...
	};
	...
+	union {
+		/** Descriptor that EAL keeps; only of a dma-buf's list. */
+		int dmabuf_fd;
		int socket_id;
+	};
	...
// the comment between the two goes with them
-	unsigned int external;
-	unsigned int heap;
+	union {
+		/** RTE_MEMSEG_LIST_EXTERNAL and RTE_MEMSEG_LIST_DMABUF bits. */
+		unsigned int properties;
+		/** Former name of properties. */
+		unsigned int external __rte_external_deprecated;
+	};
+	unsigned int heap;
	...
};
