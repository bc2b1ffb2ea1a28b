"""Fixtures: a tiny split and a tiny model."""

import pytest
import torch
from tiny_training import TinyModel, make_split


@pytest.fixture
def split():
    return make_split()


@pytest.fixture
def model():
    torch.manual_seed(0)
    return TinyModel()
