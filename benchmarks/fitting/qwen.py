"""A language model in torch, from the very file that llama.cpp runs, with corrections of
low rank to its last layers that can be fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, GgufConfig

from benchmarks.fitting.minilm import Corrected
from voicebot.backends.llama_context import Context
from voicebot.dialogue.prompt import FITTED_NO, FITTED_YES
from voicebot.models.low_rank import Correction
from voicebot.models.places import models_dir

_SCALE = 4.0  # of `up`: steps of the same size move it further than `down`
# The names of a layer's products there and here.
_PRODUCTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


@dataclass(frozen=True)
class Beginning:
    """What several prompts have in common, and what each goes on with: tokens."""

    common: list[int]
    rests: list[list[int]]

    @property
    def size(self) -> int:
        return len(self.common) + sum(map(len, self.rests))


class _Beside(Corrected):
    """Not added to the weight, where half of bfloat16's digits would swallow it."""

    def forward(self, x: Tensor) -> Tensor:
        up = (_SCALE * self.up).to(x.dtype)
        return self.product(x) + x @ self.down.to(x.dtype) @ up


class Qwen(nn.Module):
    """In bfloat16; only the corrections, in float32, are fitted. name: of the model.
    first: the first layer that is corrected."""

    def __init__(self, name: str, first: int, rank: int) -> None:
        super().__init__()
        file = models_dir() / name / f"{name}.gguf"
        self._vocabulary = Context(file, threads=1, size=64, gpu_layers=0)
        whole = AutoModelForCausalLM.from_pretrained(
            file.parent,
            gguf_file=file.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.bfloat16,
            attn_implementation="sdpa",
        )
        yes, no = (self.tokens(word)[0] for word in (FITTED_YES, FITTED_NO))
        self._towards_yes = (whole.lm_head.weight[yes] - whole.lm_head.weight[no]).float().detach()
        self._base = whole.model.eval().requires_grad_(False)
        self._corrected: dict[str, _Beside] = {}
        for number, layer in enumerate(self._base.layers):
            for there, here in _PRODUCTS.items() if number >= first else ():
                at, _, last = there.rpartition(".")
                product = _Beside(layer.get_submodule(there), rank)
                setattr(layer.get_submodule(at), last, product)
                self._corrected[f"blk.{number}.{here}"] = product

    def tokens(self, text: str) -> list[int]:
        return self._vocabulary.tokenize(text, control=False)

    def forward(self, prompts: Sequence[Beginning]) -> Tensor:
        """Log-odds of yes against no behind each prompt: shape (rests of all,). What is common is
        evaluated once; no rest sees another."""
        longest = max(one.size for one in prompts)
        ids = torch.zeros(len(prompts), longest, dtype=torch.long)
        places = torch.zeros_like(ids)
        hidden = torch.full((len(prompts), 1, longest, longest), -1e9)
        ends: list[tuple[int, int]] = []
        for row, one in enumerate(prompts):
            common = len(one.common)
            hidden[row, 0].fill_diagonal_(0)  # also for what is padded: a softmax needs something
            at = 0
            for part in (one.common, *one.rests):
                here = slice(at, at + len(part))
                ids[row, here] = torch.tensor(part)
                places[row, here] = torch.arange(len(part)) + (common if at else 0)
                hidden[row, 0, here, :common] = 0
                hidden[row, 0, here, here] = torch.full((len(part),) * 2, -1e9).triu(1)
                at += len(part)
                ends.append((row, at - 1))
            del ends[-len(one.rests) - 1]  # of what is common
        mask = hidden.to(torch.bfloat16)
        found = self._base(ids, attention_mask=mask, position_ids=places, use_cache=False)
        rows, columns = torch.tensor(ends).T
        odds: Tensor = found.last_hidden_state[rows, columns].float() @ self._towards_yes
        return odds

    def corrections(self) -> dict[str, Correction]:
        """As they are kept."""
        return {
            name: Correction(part.down.detach().numpy(), (_SCALE * part.up).detach().numpy())
            for name, part in self._corrected.items()
        }
