// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// The memseg list says what kind of memory it is, and holds a dma-buf's offset and descriptor where
// other lists have their address and socket. Every member keeps its place and size.

@@
@@
 #include <rte_fbarray.h>
+#include <rte_memory_dmabuf.h>

@@
attribute name __rte_external_deprecated;
@@
struct rte_memseg_list {
-	union {
-		void *base_va;
-		uint64_t addr_64;
-	};
-	uint64_t page_sz;
-	int socket_id;
-	volatile uint32_t version;
-	size_t len;
-	unsigned int external;
-	unsigned int heap;
+	union {
+		/** Start address; only of a list that is not a dma-buf's. */
+		void *base_va;
+		/** Gives base_va 64 bits on every machine. */
+		uint64_t addr_64;
+		/** Where in its dma-buf the list starts; only of a dma-buf's list. */
+		uint64_t dmabuf_offset;
+	};
+	/** Size of every page, in bytes. */
+	uint64_t page_sz;
+	union {
+		/** Socket of every page; only of a list that is not a dma-buf's. */
+		int socket_id;
+		/** Descriptor that EAL keeps; only of a dma-buf's list. */
+		int dmabuf_fd;
+	};
+	/** Counts changes, for the other processes. */
+	volatile uint32_t version;
+	/** Bytes of address space that the list covers. */
+	size_t len;
+	union {
+		/** RTE_MEMSEG_LIST_EXTERNAL and RTE_MEMSEG_LIST_DMABUF bits. */
+		unsigned int properties;
+		/** Former name of properties. */
+		unsigned int external __rte_external_deprecated;
+	};
+	unsigned int heap;
	...
};
