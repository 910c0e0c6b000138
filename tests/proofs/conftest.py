"""Circuits that several tests share; each takes a fraction of a second to build."""

import pytest

from sim.proofs.settings import EzklSettings, Form
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.proofs.models import LIMIT_WH, tiny_linear, tiny_mlp


@pytest.fixture(scope="session")
def srs():
    return load_srs()


@pytest.fixture(scope="session")
def small_settings():
    return EzklSettings(decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=9)


@pytest.fixture(scope="session")
def mlp_circuit(srs, small_settings, tmp_path_factory):
    return build_circuit(tiny_mlp(), small_settings, LIMIT_WH, srs, tmp_path_factory.mktemp("mlp"))


@pytest.fixture(scope="session")
def linear_circuit(srs, small_settings, tmp_path_factory):
    return build_circuit(tiny_linear(), small_settings, LIMIT_WH, srs, tmp_path_factory.mktemp("linear"))


@pytest.fixture(scope="session")
def sealed_circuit(srs, small_settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sealed")
    return build_circuit(tiny_linear(), small_settings, LIMIT_WH, srs, folder, Form(output_proofs=1))
