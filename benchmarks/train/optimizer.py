"""Muon for many matrices at once.

PyTorch's own takes a decoder's matrices one by one, some two thousand small operations a step, which a fast GPU waits
for; here those of one shape are orthogonalised together.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import torch
from torch import Tensor


def orthogonal(matrices: Tensor, coefficients: tuple[float, float, float], turns: int, eps: float) -> Tensor:
    """Matrices (count, rows, columns) with singular values near 1, by Newton and Schulz, in bfloat16.

    The iteration and its coefficients are those of `torch.optim.Muon` (Jordan et al. 2024, "Muon").
    """
    a, b, c = coefficients
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.bfloat16()
    x = x.mT if tall else x
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=eps)
    for _ in range(turns):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x


class StackedMuon(torch.optim.Muon):
    """`torch.optim.Muon` with Nesterov momentum and learning rates as of AdamW, all matrices of a shape in one go."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes[parameter.shape].append(parameter)
            for shape, parameters in shapes.items():
                gradients = torch.stack([p.grad for p in parameters])
                state = self.state[parameters[0]]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(gradients)
                momentum = state["momentum_buffer"]
                momentum.lerp_(gradients, 1 - group["momentum"])
                update = orthogonal(
                    gradients.lerp(momentum, group["momentum"]),
                    group["ns_coefficients"],
                    group["ns_steps"],
                    group["eps"],
                ).to(parameters[0].dtype)
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
                rate = 0.2 * group["lr"] * max(shape) ** 0.5
                torch._foreach_add_(parameters, list(update.unbind()), alpha=-rate)
