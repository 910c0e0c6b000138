"""k-Shape: days are alike whenever they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.forecast.clusterings.base import clusterings
from sim.forecast.clusterings.by_shape import ByShape, load_tslearn


@contextmanager
def _one_thread() -> Iterator[None]:
    """More threads would wait for each other: twenty times slower."""
    import numba

    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(threads)


@clusterings.register
@dataclass(frozen=True)
class KShape(ByShape):
    """By the greatest correlation over all shifts in time.

    Compiled at its first use, which takes half a minute. A home without a shape is as far from all centres.
    """

    name = "k-shape"
    meaning = "k-Shape on the homes' mean days, which are compared at the shift that makes them most alike"
    source = "Paparrizos & Gravano, SIGMOD 2015, in tslearn"

    def centres(self, shapes: Floats, clusters: int, seed: int) -> Floats:
        """The best of three tries: days that correlate best with those of their cluster."""
        method = load_tslearn().clustering.KShape(clusters, n_init=3, random_state=seed)
        with _one_thread():
            centres: Floats = method.fit(shapes[:, :, None]).cluster_centers_[:, :, 0]
        return centres

    def distances(self, shapes: Floats, centres: Floats) -> Floats:
        """One less the greatest correlation."""
        length = 2 * shapes.shape[1] - 1  # shifted days do not come round
        spectra, sizes = np.fft.rfft(shapes, length), np.linalg.norm(shapes, axis=1)
        columns = []
        for centre in centres:
            products = np.fft.irfft(spectra * np.fft.rfft(centre, length).conj(), length).max(axis=1)
            norms = sizes * np.linalg.norm(centre)
            columns.append(1 - products / np.where(norms, norms, 1))
        return np.stack(columns, axis=1)
