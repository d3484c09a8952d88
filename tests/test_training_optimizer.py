"""Muon for all matrices of a shape together takes the steps of PyTorch's own."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow  # the fast tests run where there is no torch


def test_it_takes_the_same_steps() -> None:
    torch = pytest.importorskip("torch")
    from benchmarks.train.optimizer import StackedMuon

    torch.manual_seed(0)
    shapes = [(8, 8), (24, 8), (8, 8), (8, 32)]
    ours, theirs = ([torch.nn.Parameter(torch.empty(shape)) for shape in shapes] for _ in range(2))
    for one, other in zip(ours, theirs, strict=True):
        torch.nn.init.normal_(one)
        other.data.copy_(one.data)
    settings = {"lr": 0.01, "weight_decay": 0.05, "momentum": 0.95, "adjust_lr_fn": "match_rms_adamw"}
    optimizers = [StackedMuon(ours, **settings), torch.optim.Muon(theirs, **settings)]
    for _ in range(4):
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.randn_like(one)
            other.grad = one.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)
