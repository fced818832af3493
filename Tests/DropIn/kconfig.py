"""kconfig.py KCONFIG OUT NAME=VALUE...: the .config of these values; stops at any warning."""
import sys

import kconfiglib

tree = kconfiglib.Kconfig(sys.argv[1], warn_to_stderr=False)
for setting in sys.argv[3:]:
    name, value = setting.split("=", 1)
    if name not in tree.syms or not tree.syms[name].set_value(value):
        sys.exit(f"no symbol {name} that takes {value}")
if tree.warnings:
    sys.exit("\n".join(tree.warnings))
tree.write_config(sys.argv[2])
