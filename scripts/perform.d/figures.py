# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+
"""Numbers as people read them."""


def figure(value):
    """Four digits and a prefix."""
    for limit, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.4g}{prefix}"
    return f"{value:.4g}"
