// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// socket_id is the socket of ordinary lists only, so read the socket through an accessor. Its address can't be: tools/raw-access
// tells of that.

@ write @
struct rte_memseg_list *L;
position p;
@@
(
 L->socket_id@p = ...
|
 &L->socket_id@p
)

@@
struct rte_memseg_list *L;
position p != write.p;
identifier virtual.get_socket_id;
@@
- L->socket_id@p
+ get_socket_id(L)

@@
expression E;
symbol msl;
identifier virtual.get_socket_id;
@@
- E->msl->socket_id
+ get_socket_id(E->msl)
