"""The name model: hashed feature rows summed, residual convolutions of width three with growing reach, tags."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from features import COLUMNS
from marked import TAGS

REACHES = (1, 2, 4, 8, 1)
RECEPTIVE_FIELD = sum(REACHES) + 1  # and one for the bigram with the next token


class Block(nn.Module):
    """x + W relu(conv(x)), silent at the start of training."""

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width, width, 3, padding=reach, dilation=reach)
        self.mix = nn.Conv1d(width, width, 1)
        nn.init.normal_(self.mix.weight, std=0.01)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mix(F.relu(self.conv(x)))


class NameModel(nn.Module):
    """Feature rows (texts, tokens, columns) to logits (texts, tokens, tags); padding has row 0 in every column."""

    def __init__(self, embedding: int = 80, width: int = 112) -> None:
        super().__init__()
        starts = torch.tensor([0, *(rows for _, rows in COLUMNS)]).cumsum(0)
        self.register_buffer("starts", starts[:-1])
        self.table = nn.Embedding(int(starts[-1]), embedding)
        nn.init.normal_(self.table.weight, std=0.1)
        self.inner = nn.Conv1d(embedding, width, 1)
        self.blocks = nn.ModuleList(Block(width, reach) for reach in REACHES)
        self.head = nn.Conv1d(width, len(TAGS), 1)

    def forward(self, rows: Tensor, mask: Tensor | None = None) -> Tensor:
        summed = F.embedding_bag((rows + self.starts).flatten(0, 1), self.table.weight, mode="sum")
        x = summed.view(*rows.shape[:2], -1).transpose(1, 2)  # (texts, embedding, tokens)
        keep = 1.0 if mask is None else mask.unsqueeze(1)
        x = F.relu(self.inner(x)) * keep
        for block in self.blocks:
            x = block(x) * keep
        return self.head(x).transpose(1, 2)
