// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// A failure to make the lock on an fbarray's file exclusive loses the shared one, see flock(2). The
// next process to try would then destroy what this one still uses.

@@
expression FD;
@@
 rte_fbarray_destroy(...)
 {
 <+...
 if (eal_file_lock(FD, EAL_FLOCK_EXCLUSIVE, EAL_FLOCK_RETURN)) {
+	eal_file_lock(FD, EAL_FLOCK_SHARED, EAL_FLOCK_RETURN);
 	...
 }
 ...+>
 }
