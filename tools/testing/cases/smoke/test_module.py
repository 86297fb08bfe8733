# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""The modules are loaded. No topology: the machine has no NIC."""
import os


def test_core_module_is_loaded():
    assert os.path.isdir("/sys/module/bsdnet")


def test_core_module_taints_nothing_but_out_of_tree_and_unsigned():
    with open("/sys/module/bsdnet/taint", encoding="ascii") as f:
        assert set(f.read().strip()) <= set("OE")
