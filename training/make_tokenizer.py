"""Trains the tokenizer of the pair: byte-level BPE, spaces apart from words so that a word copied into JSON keeps its tokens."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from options import add_data_argument
from prompts import Augmenter, plain
from skills import read_all

SPECIALS = ["<|pad|>", "<|bos|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
WORDS = r"[\p{L}\p{M}_]+|\p{N}|[{}\[\]\":,]+|[^\s\p{L}\p{M}\p{N}_{}\[\]\":,]+|\s+"
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_data_argument(parser)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--vocab", type=int, default=4096)
    parser.add_argument("--spaces", choices=["apart", "with-word"], default="apart")
    args = parser.parse_args()

    training, _ = read_all(args.data)
    augmenter = Augmenter(training, random.Random(1))
    texts: list[str] = []
    for pair in training:
        messages, answer = augmenter.variant(pair)
        texts += [text for _, text in messages] + [text for _, text in plain(pair)]
        texts += [answer, pair.answer] * (3 if pair.skill == "intent" else 1)

    words = WORDS if args.spaces == "apart" else WORDS.replace("[", " ?[", 1)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(words), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=args.vocab, special_tokens=SPECIALS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))

    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(args.out / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, "clean_up_tokenization_spaces": False,
        "add_bos_token": False, "bos_token": "<|bos|>", "eos_token": "<|end|>", "pad_token": "<|pad|>",
        "additional_special_tokens": ["<|system|>", "<|user|>", "<|assistant|>"],
        "added_tokens_decoder": {str(i): {"content": text, "special": True, "lstrip": False, "rstrip": False,
                                          "normalized": False, "single_word": False} for i, text in enumerate(SPECIALS)},
        "chat_template": CHAT_TEMPLATE,
    }
    (args.out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    lengths = [len(tokenizer.encode(text).ids) for text in texts]
    print(f"{len(texts)} texts, {sum(lengths)} tokens, {sum(lengths) / sum(map(len, texts)):.3f} tokens a character")


if __name__ == "__main__":
    main()
