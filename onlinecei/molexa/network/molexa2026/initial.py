"""Weights before training."""

import math

import torch
from torch import Tensor, nn

_SCALE = 2.0


def initialise(module: nn.Module) -> None:
    """Fill the weights of layers and embeddings as published; to be used with `torch.nn.Module.apply`."""
    if isinstance(module, nn.Linear):
        orthogonal_glorot(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.uniform_(module.weight, -math.sqrt(3), math.sqrt(3))


@torch.no_grad()
def orthogonal_glorot(weight: Tensor) -> None:
    """Orthogonal rows or columns (Saxe 2014), with the variance 2 / (inputs + outputs) (Glorot and Bengio 2010)."""
    nn.init.orthogonal_(weight)
    weight *= torch.sqrt(_SCALE / (sum(weight.shape) * weight.var()))
