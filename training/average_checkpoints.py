"""Averages two checkpoints of one run: the bundled edge model is 60 % of its last and 40 % of an earlier one."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--late", type=Path, required=True)
    parser.add_argument("--early", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.6, help="share of the late checkpoint")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()

    late, early = (load_file(folder / "model.safetensors") for folder in (args.late, args.early))
    args.out.mkdir(parents=True, exist_ok=True)
    shutil.copy(args.late / "config.json", args.out)
    mixed = {name: (args.share * late[name] + (1 - args.share) * early[name]).contiguous() for name in late}
    save_file(mixed, args.out / "model.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    main()
