"""The layouts that are known: every file of this folder that registers one."""

from sim.imports.export import Layout, layouts
from sim.registry import import_variants

__all__ = ["Layout", "layouts"]

import_variants(__name__, __path__)
