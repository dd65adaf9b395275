"""What GPUs compute at most, as their maker states it; needs neither torch nor a GPU."""

import re

PUBLISHED = (
    # Dense figures in 1e12 operations a second: bf16 and TF32 on tensor cores, fp32. Where NVIDIA states them with 2:4
    # sparsity they are halved.
    # H100 Tensor Core GPU data sheet, column SXM; H200 data sheet, column SXM, has the same.
    (r"H100 80GB HBM3|H200(?! NVL)", {"bf16": 989.4, "tf32": 494.7, "fp32": 66.9}),
    # H100 Tensor Core GPU data sheet, column PCIe.
    (r"H100 PCIe", {"bf16": 756.5, "tf32": 378.0, "fp32": 51.0}),
    # A100 Tensor Core GPU data sheet; the same for PCIe and SXM, 40 and 80 GB.
    (r"A100", {"bf16": 312.0, "tf32": 156.0, "fp32": 19.5}),
    # A10 Tensor Core GPU data sheet.
    (r"A10", {"bf16": 125.0, "tf32": 62.5, "fp32": 31.2}),
    # L4 Tensor Core GPU data sheet.
    (r"L4", {"bf16": 121.0, "tf32": 60.0, "fp32": 30.3}),
    # V100 data sheet, column SXM2, and T4 data sheet; neither has bf16 or TF32.
    (r"V100-SXM2", {"fp32": 15.7}),
    (r"T4", {"fp32": 8.1}),
)
"""Peaks by what torch.cuda.get_device_name says."""


def published_peak(name: str, arithmetic: str) -> float | None:
    """The published peak of a GPU by name; None where it is not known, or the device is a part (MIG) of one."""
    if "MIG" not in name:
        for pattern, peaks in PUBLISHED:
            if re.search(rf"\b(?:{pattern})(?!\w)", name):
                return peaks[arithmetic] * 1e12 if arithmetic in peaks else None
    return None
