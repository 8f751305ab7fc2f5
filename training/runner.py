"""Greedy answers from an exported ONNX model, with its KV cache: what Edgewise does, in a few lines of Python."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TypedDict

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer


class Answer(TypedDict):
    """One answer with the probabilities of its tokens, the end token included."""

    text: str
    tokens: int
    mean_logprob: float
    min_prob: float


class Runner:
    """One model of the pair, opened with onnxruntime."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = next((folder / "onnx").glob("*.onnx"))
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self.end = config["eos_token_id"]
        self.empty = np.zeros((1, config["num_key_value_heads"], 0, config["head_dim"]), np.float32)
        self.outputs = [output.name for output in self.session.get_outputs()]

    def answer(self, prompt: list[int], limit: int = 96) -> Answer:
        """Decodes until the end token or the limit."""
        past = {name.replace("present", "past_key_values"): self.empty for name in self.outputs[1:]}
        step, length, out, logs = prompt, 0, [], []
        while len(out) < limit:
            length += len(step)
            feed = {"input_ids": np.array([step], np.int64), "attention_mask": np.ones((1, length), np.int64), **past}
            logits, *present = self.session.run(None, feed)
            past = {name.replace("present", "past_key_values"): value for name, value in zip(self.outputs[1:], present)}
            row = logits[0, -1].astype(np.float64)
            token = int(row.argmax())
            logs.append(-math.log(np.exp(row - row[token]).sum()))
            if token == self.end:
                break
            out.append(token)
            step = [token]
        return {"text": self.tokenizer.decode(out, skip_special_tokens=False), "tokens": len(out),
                "mean_logprob": sum(logs) / len(logs), "min_prob": math.exp(min(logs))}
