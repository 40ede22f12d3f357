"""Where a network is trained, and how precisely."""

from typing import Literal

import torch

from onlinecei.molexa.network.device import find_device

Precision = Literal["auto", "bf16", "fp32"]


def mixed(precision: Precision, device: str) -> bool:
    """Decide whether matrices are multiplied in bfloat16: if omitted, where the hardware can do it fast."""
    if precision != "auto":
        return precision == "bf16"
    if find_device(device).type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def hardware(device: str) -> str:
    """Name what trains here: processor, cores, graphics card, PyTorch."""
    own = torch.cpu.get_capabilities()
    words = [f"{own.get('cpu_name', 'processor')}, {own.get('num_physical_cores', '?')} cores"]
    words.append(f"{torch.get_num_threads()} threads of PyTorch {torch.__version__}")
    if find_device(device).type == "cuda":
        words.insert(0, torch.cuda.get_device_name())
    return ", ".join(words)
