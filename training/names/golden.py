"""Writes the golden files of the TypeScript tests: tokens and feature rows of some texts, and the logits of the exported model."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime

from features import features
from tokens import tokens, units_before

TEXTS = (
    "Dr. Ana María O'Brien-López (77) lives at 12 Main St., Apt. 4B, New York, NY 10001.",
    "Paciente: José Ñúñez, natural de A Coruña.\nHospital Clínico San Carlos, C/ Alcalá nº 3, 28014 Madrid",
    "患者王小明，男，45岁，住在浙江省杭州市西湖区文三路88号。电话13800138000",
    "hey @bob \U0001F600\U0001F44D see you in Zürich\t\r\n\r\nÅsa 😀 said “hi” — ½ Ⅷ ٣٤",
    "e\u0301 decomposed: Jose\u0301 Mun\u0303oz, Nguye\u0302\u0303n; \u0301 alone \U0002070E\U00020731 𝔘𝔫𝔦 İstanbul ΟΔΥΣΣΕΥΣ Straße ǅ",
    "Ольга Иванова и 田中さくら, 김민수; محمد علي",
    "a" * 100 + " " + "1" * 100 + " " + "Ab" * 30 + " " + "x\U00010400" * 30,
    "",
    "\n\n \n",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder with model.onnx")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    rows, logits = [], []
    session = onnxruntime.InferenceSession(args.model / "model.onnx", providers=["CPUExecutionProvider"])
    for text in TEXTS:
        cut, units = tokens(text), units_before(text)
        rows.append({"text": text, "tokens": [[units[s], units[e]] for s, e in cut], "rows": features(text, cut).flatten().tolist()})
    for text in TEXTS[:5]:
        x = features(text, tokens(text))
        answer = session.run(None, {"features": x})[0]
        logits.append({"text": text, "logits": [round(float(value), 4) for value in answer.flatten()]})
    for name, value in (("features", rows), ("logits", logits)):
        lines = ",\n".join(json.dumps(item, ensure_ascii=True, separators=(",", ":")) for item in value)
        (args.out / f"{name}.golden.json").write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
