"""Command-line options that several scripts share."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

SEED = 20261122


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    """--data, by default the folder named by EDGEWISE_DATA."""
    folder = os.environ.get("EDGEWISE_DATA")
    parser.add_argument("--data", type=Path, default=Path(folder) if folder else None, required=folder is None,
                        help="folder with clinc150, snips, maintie, tldr and medquad")
