// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The dpdk-dmabuf authors
//
// Find what reads the address or the socket of a memseg list without an accessor; see
// tools/raw-access. Types tell a memseg list from whatever else has members of these names.

@ write @
struct rte_memseg_list *L;
struct rte_memseg_list M;
position p;
@@
(
 L->base_va@p = ...
|
 L->addr_64@p = ...
|
 L->socket_id@p = ...
|
 M.base_va@p = ...
|
 M.addr_64@p = ...
|
 M.socket_id@p = ...
)

@@
struct rte_memseg_list *L;
struct rte_memseg_list M;
position p != write.p;
@@
(
* L->base_va@p
|
* L->addr_64@p
|
* L->socket_id@p
|
* M.base_va@p
|
* M.addr_64@p
|
* M.socket_id@p
)
