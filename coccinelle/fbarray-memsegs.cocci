// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// An fbarray can start out with memsegs in all of its elements, instead of zeroes. Whoever makes it
// then says which, and knows a better alignment than that of pages.

@@
expression DATA, LEN, ALIGN;
@@
 rte_fbarray_init(...)
 {
 ... when any
-DATA = eal_get_virtual_area(NULL, &LEN, ALIGN, 0, 0);
+DATA = eal_get_virtual_area(NULL, &LEN, eal_fbarray_align(memsegs, LEN, ALIGN), 0, 0);
 ... when any
 }

@@
identifier ma, data, fd;
@@
 rte_fbarray_init(...)
 {
 ... when any
+if (memsegs != NULL && eal_fbarray_write_memsegs(memsegs, data, fd) < 0)
+	goto fail;
 ma->addr = data;
 ... when any
 ma->fd = fd;
 ... when any
 }

@@
expression DATA, LEN, COUNT;
@@
 rte_fbarray_init(...)
 {
 ... when any
-memset(DATA, 0, LEN);
+if (memsegs == NULL)
+	memset(DATA, 0, LEN);
 ... when any
-COUNT = 0;
+COUNT = memsegs == NULL ? 0 : memsegs->n;
 ... when any
 }

@@
identifier arr, name, len, elt_sz;
@@
-int rte_fbarray_init(struct rte_fbarray *arr, const char *name, unsigned int len,
-		unsigned int elt_sz)
+static int
+fbarray_init(struct rte_fbarray *arr, const char *name, unsigned int len, unsigned int elt_sz,
+		const struct eal_memsegs *memsegs)
 { ... }
+
+#include "eal_fbarray_memsegs.h"

@@
@@
 #include "eal_private.h"
+#include "eal_memsegs.h"
