# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors

project = "dpdk-dmabuf"
copyright = "2026, The dpdk-dmabuf authors"
html_show_sphinx = False
html_show_sourcelink = False
highlight_language = "none"
