"""How many rows a model's circuit has, found by EZKL's own layout, once for all models of a layout.

It is the layout's example that is laid out, whatever model was asked for, so what is remembered cannot depend
on what came first.
"""

from functools import lru_cache

from sim.forecast.model import Layout
from sim.proofs.settings import OPEN, EzklSettings, Form, onnx_of, write_settings
from sim.runtime.scratch import scratch_folder

KEPT_LAYOUTS = 1024


@lru_cache(KEPT_LAYOUTS)
def rows_of(layout: Layout, settings: EzklSettings, form: Form = OPEN) -> int:
    """Rows of one column, all blocks laid end to end; milliseconds for a layout not asked for yet."""
    model = layout.example()
    with scratch_folder("layout") as folder:
        onnx_path = folder / "model.onnx"
        onnx_path.write_bytes(onnx_of(model, settings, form))
        found = write_settings(model, settings, onnx_path, folder / "settings.json", form)
    return int(found["num_rows"])
