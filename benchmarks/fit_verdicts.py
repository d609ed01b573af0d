"""Fit the embedder's third output: whether a sentence answers a question, both read together.

    pip install -r benchmarks/fitting/requirements.txt
    python -m benchmarks.fit_verdicts

benchmarks/counters has what people ask at invented counters, and which sentences of the
counter's documents answer it, or that none does. Each question is put beside one that does and
seven that do not, four of them among the seven nearest by the plain embedder. The softmax over
these and over "none of them", whose log-odds are 0, is to choose the right one, and each pair's own
log-odds are to be right by themselves. Corrections of rank 12 to all layers but the first are
fitted, and one linear layer on the mean. In bfloat16: about half an hour on two cores with AMX,
several hours without.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from voicebot.cross_encoder import FILE
from voicebot.knowledge.quotes import in_context
from voicebot.models.low_rank import Correction, write_corrections
from voicebot.models.places import models_dir

HERE = Path(__file__).resolve().parent
MODEL = "all-MiniLM-L6-v2"
FIRST_LAYER, RANK = 1, 12
EPOCHS, RATE, HEAD_RATE = 3, 1e-3, 5e-3
QUESTIONS, BESIDE = 16, 8  # in a step; sentences read with each
NEAREST, OF_NEAREST, NEAR = 4, 7, 20  # wrong ones: so many of the nearest, the rest of the near
MOST_TOKENS = 96


@dataclass(frozen=True)
class Asked:
    """wrong: sentences that do not answer, the nearest first."""

    question: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


class Corrected(nn.Module):
    """A product with a weight that stays, and a correction that is fitted."""

    def __init__(self, product: nn.Linear) -> None:
        super().__init__()
        self.product = product
        down = torch.randn(product.in_features, RANK) * product.in_features**-0.5
        self.down = nn.Parameter(down)
        self.up = nn.Parameter(torch.zeros(RANK, product.out_features))

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.product(x)
        return found + (x @ self.down.to(x.dtype)) @ self.up.to(x.dtype)


class Verdicts(nn.Module):
    """Log-odds that the second text of a pair answers the first."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(
            folder, attn_implementation="eager", add_pooling_layer=False
        )
        self.bert.eval()  # nothing is dropped: few weights are fitted
        self.bert.requires_grad_(False)
        self.corrected: dict[str, Corrected] = {}
        for number, layer in enumerate(self.bert.encoder.layer):
            if number >= FIRST_LAYER:
                self._correct(f"encoder.layer.{number}", layer)
        self.weights = nn.Parameter(torch.zeros(self.bert.config.hidden_size))
        self.constant = nn.Parameter(torch.zeros(()))
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MOST_TOKENS)
        self.tokenizer.enable_padding()

    def _correct(self, prefix: str, layer: nn.Module) -> None:
        for name, part in [*layer.named_modules()]:
            if isinstance(part, nn.Linear):
                at, _, last = name.rpartition(".")
                self.corrected[f"{prefix}.{name}"] = Corrected(part)
                setattr(layer.get_submodule(at), last, self.corrected[f"{prefix}.{name}"])

    @property
    def scale(self) -> float:
        """Makes of a vector of length 1 one whose components are about 1."""
        return math.sqrt(len(self.weights))

    def vectors(self, texts: Sequence[str] | Sequence[tuple[str, str]]) -> Tensor:
        """Of length 1: shape (texts, dimension)."""
        encoded = self.tokenizer.encode_batch(list(texts))
        ids = torch.tensor([one.ids for one in encoded])
        mask = torch.tensor([one.attention_mask for one in encoded])
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return functional.normalize(mean, dim=-1)

    def forward(self, pairs: Sequence[tuple[str, str]]) -> Tensor:
        return self.vectors(pairs) * self.scale @ self.weights + self.constant


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--into", type=Path, default=HERE.parent / "models", help="folder")
    options = parser.parse_args()
    torch.manual_seed(0)
    model = Verdicts(models_dir() / MODEL)
    asked = [
        one for file in sorted((HERE / "counters").glob("*.json")) for one in _read(file, model)
    ]
    _fit(model, asked)
    found = {
        name: Correction(part.down.detach().numpy(), part.up.detach().numpy())
        for name, part in model.corrected.items()
    }
    write_corrections(options.into / f"{MODEL}.verdict.npz", found)
    head = np.append((model.weights * model.scale).detach().numpy(), model.constant.item())
    np.savez(options.into / FILE.format(MODEL), weights=head.astype(np.float32))


def _read(file: Path, model: Verdicts) -> Iterator[Asked]:
    data = json.loads(file.read_text("utf-8"))
    texts = {name: in_context(*parts) for name, *parts in data["sentences"]}
    names = list(texts)
    with torch.no_grad():
        questions = model.vectors([question for question, _ in data["questions"]])
        likes = questions @ model.vectors([*texts.values()]).T
    order = likes.argsort(1, descending=True).tolist()
    for (question, found), nearest in zip(data["questions"], order, strict=True):
        wrong = [texts[names[at]] for at in nearest if names[at] not in found]
        yield Asked(question, tuple(texts[name] for name in found), tuple(wrong[:NEAR]))


def _fit(model: Verdicts, asked: list[Asked]) -> None:
    steps = EPOCHS * (len(asked) // QUESTIONS)
    corrections = [value for part in model.corrected.values() for value in (part.down, part.up)]
    head = {"params": [model.weights, model.constant], "lr": HEAD_RATE}
    descent = torch.optim.AdamW([{"params": corrections, "lr": RATE}, head], weight_decay=0.01)

    def rate(step: int) -> float:
        decay = 0.5 * (1 + math.cos(math.pi * step / steps))
        return min(1.0, step / (0.08 * steps + 1)) * max(0.03, decay)

    schedule = torch.optim.lr_scheduler.LambdaLR(descent, rate)
    shuffled = random.Random(0)
    for epoch in range(EPOCHS):
        total = 0.0
        for some in _steps(asked, shuffled):
            loss = _loss(model, some, shuffled)
            descent.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(corrections, 1.0)
            descent.step()
            schedule.step()
            total += float(loss.detach())
        print(f"epoch {epoch}: loss {total * EPOCHS / steps:.3f}", flush=True)


def _steps(asked: Sequence[Asked], shuffled: random.Random) -> list[list[Asked]]:
    """All questions in a new order, those of like length together, so that little is padded."""
    order = sorted(asked, key=lambda one: len(one.question) + shuffled.random() * 15)
    steps = [order[at : at + QUESTIONS] for at in range(0, len(order) - QUESTIONS + 1, QUESTIONS)]
    shuffled.shuffle(steps)
    return steps


def _loss(model: Verdicts, some: Sequence[Asked], shuffled: random.Random) -> Tensor:
    pairs: list[tuple[str, str]] = []
    for one in some:
        wrong = shuffled.sample(one.wrong[:OF_NEAREST], NEAREST)
        rest = [text for text in one.wrong if text not in wrong]
        wrong += shuffled.sample(rest, BESIDE - NEAREST)
        right = [shuffled.choice(one.right)] if one.right else []
        pairs += [(one.question, text) for text in [*right, *wrong][:BESIDE]]
    odds = model(pairs).view(len(some), BESIDE)
    chosen = torch.tensor([0 if one.right else BESIDE for one in some])
    none = torch.zeros(len(some), 1)
    answers = functional.one_hot(chosen, BESIDE + 1)[:, :BESIDE].float()
    among = functional.cross_entropy(torch.cat([odds, none], 1), chosen)
    return among + functional.binary_cross_entropy_with_logits(odds, answers)


if __name__ == "__main__":
    main()
