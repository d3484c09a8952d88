"""Stream pairs, train a small BPE tokenizer on them, and encode Python → C++ pairs into token blocks of one length.

Build a data set first (`warp-jit-pairs build`), then:

    python examples/stream_tokenize.py --blocks 50
    python examples/stream_tokenize.py --blocks 50    # goes on with block 51

Needs `pip install tokenizers`. The tokenizer is trained from the stream, without holding the data set in memory; the
encoded blocks come from a batched map over a second stream, whose position is saved by `state_dict`.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import islice
from pathlib import Path

from datasets import IterableDataset, load_dataset
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

PYTHON, CPP, END = "<python>", "<cpp>", "<end>"
COLUMNS = ["python_source", "cpp_forward"]


def stream(name: str, configuration: str | None) -> IterableDataset:
    """The training split as a stream of the two columns of a pair."""
    return load_dataset(name, configuration, split="train", streaming=True).select_columns(COLUMNS)


def train_tokenizer(pairs: IterableDataset, vocabulary: int) -> Tokenizer:
    """Train a byte-level BPE tokenizer on both sides of the pairs."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(vocab_size=vocabulary, special_tokens=[PYTHON, CPP, END], show_progress=False)
    texts = (text for batch in pairs.batch(64) for column in COLUMNS for text in batch[column])
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode(pairs: IterableDataset, tokenizer: Tokenizer, length: int) -> IterableDataset:
    """Blocks of exactly `length` tokens: pairs in a row, each `<python> … <cpp> … <end>`, cut where a block is full.

    The pairs of one batch are packed together; what is left of a batch and fills no block is padded with `<end>`.
    """
    end = tokenizer.token_to_id(END)

    def pack(batch: dict[str, list[str]]) -> dict[str, list[list[int]]]:
        sides = zip(batch["python_source"], batch["cpp_forward"], strict=True)
        encoded = tokenizer.encode_batch([f"{PYTHON}{python}{CPP}{cpp}{END}" for python, cpp in sides])
        ids = [token for item in encoded for token in item.ids]
        ids += [end] * (-len(ids) % length)
        return {"input_ids": [ids[start : start + length] for start in range(0, len(ids), length)]}

    return pairs.map(pack, batched=True, batch_size=64, remove_columns=COLUMNS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="warp_jit_pairs", help="name or folder of the data set")
    parser.add_argument("--configuration", help="a category; all by default")
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--length", type=int, default=1024, help="tokens of a block")
    parser.add_argument("--blocks", type=int, default=20, help="stop after so many blocks")
    parser.add_argument("--tokenizer", type=Path, default=Path("tokenizer.json"))
    parser.add_argument("--output", type=Path, default=Path("blocks.jsonl"))
    parser.add_argument("--state", type=Path, default=Path("stream_state.json"))
    options = parser.parse_args()

    if options.tokenizer.exists():
        tokenizer = Tokenizer.from_file(str(options.tokenizer))
    else:
        tokenizer = train_tokenizer(stream(options.dataset, options.configuration), options.vocabulary)
        tokenizer.save(str(options.tokenizer))
    print(f"vocabulary: {tokenizer.get_vocab_size()} tokens")

    blocks = encode(stream(options.dataset, options.configuration), tokenizer, options.length)
    if options.state.exists():
        blocks.load_state_dict(json.loads(options.state.read_text()))
    count = 0
    with options.output.open("a") as output:
        for count, block in enumerate(islice(blocks, options.blocks), start=1):
            if count == 1:
                print(tokenizer.decode(block["input_ids"][:120], skip_special_tokens=False))
            output.write(json.dumps(block["input_ids"]) + "\n")
            options.state.write_text(json.dumps(blocks.state_dict()))
    print(f"{count} blocks of {options.length} tokens added to {options.output}; the position is in {options.state}")
    # Reading threads of a stream left half-way must not meet the end of the interpreter (apache/arrow issue 45214).
    time.sleep(0.1)


if __name__ == "__main__":
    main()
