"""Exports a checkpoint with the model builder of onnxruntime-genai and lays the files out as model hubs do."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import onnx

NAMES = {"int8": "model_q8.onnx", "int4": "model_q4.onnx", "fp32": "model.onnx"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--precision", choices=list(NAMES), default="int8")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        source, built = Path(scratch, "source"), Path(scratch, "built")
        shutil.copytree(args.checkpoint, source)
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(args.tokenizer / name, source)
        subprocess.run(
            [sys.executable, "-m", "onnxruntime_genai.models.builder", "-m", str(source), "-i", str(source), "-o", str(built),
             "-p", args.precision, "-e", "cpu", "-c", str(Path(scratch, "cache"))],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (args.out / "onnx").mkdir(parents=True, exist_ok=True)
        target = args.out / "onnx" / NAMES[args.precision]
        onnx.save(onnx.load(built / "model.onnx"), target)  # one file: the weights are small

    config = json.loads((args.checkpoint / "config.json").read_text("utf-8"))
    rope = config.pop("rope_parameters", None) or config
    config = {**config, "rope_theta": rope["rope_theta"]}
    special = {key: config[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id")}
    generation = {**special, "do_sample": False, "max_length": config["max_position_embeddings"]}
    for name, value in (("config.json", config), ("generation_config.json", generation)):
        (args.out / name).write_text(json.dumps(value, indent=2) + "\n", "utf-8")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(args.tokenizer / name, args.out)
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
