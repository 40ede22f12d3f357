"""Transformer blocks, each followed by a memory with gates."""

import torch
from torch import Tensor, nn
from torch.nn import functional

_KEPT = 1.0
"""Bias of forget gates before training: a memory that is forgotten at once has no gradient (Jozefowicz 2015)."""


class Attention(nn.Module):
    """Every token looks at every token."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_heads = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, tokens: Tensor, present: Tensor) -> Tensor:
        """Give (B, T, W) from tokens (B, T, W); only those present (B, 1, 1, T) are looked at."""
        batch, count, width = tokens.shape
        split: Tensor = self.to_heads(tokens).view(batch, count, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=present)
        out: Tensor = self.out(seen.transpose(1, 2).reshape(batch, count, width))
        return out


class Transformer(nn.Module):
    """Attention and two layers, each with a skip connection around it (Vaswani et al. 2017, norms first)."""

    def __init__(self, width: int, heads: int, expansion: int) -> None:
        super().__init__()
        self.before_attention, self.before_layers = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        hidden = expansion * width
        self.layers = nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, width))

    def forward(self, tokens: Tensor, present: Tensor) -> Tensor:
        """Give (B, T, W) from (B, T, W)."""
        tokens = tokens + self.attention(self.before_attention(tokens), present)
        out: Tensor = tokens + self.layers(self.before_layers(tokens))
        return out


class Memory(nn.Module):
    """What a block adds to the state, what it takes out of it, and what the next block is shown of it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gates = nn.Linear(2 * width, 3 * width)

    def forward(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Give tokens for the next block and the new state, all (B, T, W)."""
        opened = self.gates(torch.cat([tokens, state.to(tokens)], dim=-1)).sigmoid()
        forget, update, output = opened.chunk(3, dim=-1)
        state = forget * state + update * tokens.tanh()
        return output * state.tanh(), state

    @torch.no_grad()
    def keep(self) -> None:
        """Open the forget gates."""
        width = len(self.gates.bias) // 3
        self.gates.bias[:width] = _KEPT


class Blocks(nn.Module):
    """Transformer blocks in a row, with one memory or with skip connections alone."""

    def __init__(self, count: int, width: int, heads: int, expansion: int, *, memory: bool) -> None:
        super().__init__()
        self.transformers = nn.ModuleList(Transformer(width, heads, expansion) for _ in range(count))
        self.memories = nn.ModuleList(Memory(width) for _ in range(count * memory))

    def forward(self, tokens: Tensor, present: Tensor) -> Tensor:
        """Give (B, T, W) from (B, T, W), which also is what the memory holds at first."""
        if not self.memories:
            for transformer in self.transformers:
                tokens = transformer(tokens, present)
            return tokens
        state = tokens
        for transformer, memory in zip(self.transformers, self.memories, strict=True):
            tokens, state = memory(transformer(tokens, present), state)
        return tokens
