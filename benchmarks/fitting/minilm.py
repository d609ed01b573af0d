"""MiniLM in torch, with corrections of low rank to its last layers that can be fitted."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from voicebot.models.low_rank import Correction
from voicebot.models.places import models_dir

NAME = "all-MiniLM-L6-v2"
MOST_TOKENS = 96
_HEAD_RATE = 5e-3  # of a layer that begins with zeros


class Corrected(nn.Module):
    """A product with a weight that stays, and a correction that is fitted (LoRA)."""

    def __init__(self, product: nn.Linear, rank: int) -> None:
        super().__init__()
        self.product = product
        down = torch.randn(product.in_features, rank) * product.in_features**-0.5
        self.down = nn.Parameter(down)
        self.up = nn.Parameter(torch.zeros(rank, product.out_features))

    def forward(self, x: Tensor) -> Tensor:
        weight = self.product.weight + (self.down @ self.up).T.to(x.dtype)
        return functional.linear(x, weight, self.product.bias)


class MiniLM(nn.Module):
    """In bfloat16; only the corrections, in float32, are fitted. first: the first layer that is
    corrected."""

    def __init__(self, first: int, rank: int) -> None:
        super().__init__()
        folder = models_dir() / NAME
        self._bert = BertModel.from_pretrained(
            folder, attn_implementation="eager", add_pooling_layer=False
        )
        self._bert.eval()  # nothing is dropped: few weights are fitted
        self._bert.to(torch.bfloat16).requires_grad_(False)
        self._corrected: dict[str, Corrected] = {}
        for number, layer in enumerate(self._bert.encoder.layer):
            if number >= first:
                self._correct(f"encoder.layer.{number}", layer, rank)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._tokenizer.enable_padding()

    def _correct(self, prefix: str, layer: nn.Module, rank: int) -> None:
        for name, part in [*layer.named_modules()]:
            if isinstance(part, nn.Linear):
                at, _, last = name.rpartition(".")
                self._corrected[f"{prefix}.{name}"] = Corrected(part, rank)
                setattr(layer.get_submodule(at), last, self._corrected[f"{prefix}.{name}"])

    @property
    def dimension(self) -> int:
        return int(self._bert.config.hidden_size)

    def forward(self, texts: Sequence[str] | Sequence[tuple[str, str]]) -> Tensor:
        """The mean over each text's or pair's tokens, of length 1: shape (texts, dimension)."""
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = torch.tensor([one.ids for one in encoded])
        mask = torch.tensor([one.attention_mask for one in encoded])
        hidden = self._bert(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return functional.normalize(mean, dim=-1)

    def correct(self, corrections: dict[str, Correction]) -> None:
        """Takes up what was fitted before."""
        for name, part in self._corrected.items():
            part.down.data = torch.from_numpy(corrections[name].down)
            part.up.data = torch.from_numpy(corrections[name].up)

    def corrections(self) -> dict[str, Correction]:
        """As they are kept."""
        return {
            name: Correction(part.down.detach().numpy(), part.up.detach().numpy())
            for name, part in self._corrected.items()
        }


class Head(nn.Module):
    """One linear layer on vectors of length 1."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(dimension))
        self.constant = nn.Parameter(torch.zeros(()))
        self._scale = math.sqrt(dimension)  # makes of them such with components of about 1

    def forward(self, vectors: Tensor) -> Tensor:
        """Log-odds: shape (vectors,)."""
        return vectors * self._scale @ self.weights + self.constant

    def kept(self) -> NDArray[np.float32]:
        """The weights, then the constant, for vectors as they are."""
        weights = (self.weights * self._scale).detach().numpy()
        return np.append(weights, self.constant.item()).astype(np.float32)


class Descent:
    """AdamW with a warm-up and a cosine's decay. beside: what is fitted beside the corrections."""

    def __init__(
        self, model: nn.Module, beside: list[nn.Parameter], rate: float, steps: int
    ) -> None:
        self._corrections = [one for one in model.parameters() if one.requires_grad]
        groups = [{"params": self._corrections, "lr": rate}, {"params": beside, "lr": _HEAD_RATE}]
        self._adam = torch.optim.AdamW(groups, weight_decay=0.01)

        def share(step: int) -> float:
            decay = 0.5 * (1 + math.cos(math.pi * step / steps))
            return min(1.0, step / (0.08 * steps + 1)) * max(0.03, decay)

        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._adam, share)

    def step(self, loss: Tensor) -> float:
        """Goes one step down and returns the loss."""
        self._adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._corrections, 1.0)
        self._adam.step()
        self._schedule.step()
        return float(loss.detach())
