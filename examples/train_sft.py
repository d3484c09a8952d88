"""Fine-tune a causal model on Python → C++ with TRL's SFT trainer.

Build a data set first (`warp-jit-pairs build`), then, with `pip install "warp-jit-pairs[examples]"`:

    python examples/train_sft.py --model Qwen/Qwen2.5-Coder-0.5B --max-length 4096
    python examples/train_sft.py --steps 3                # a tiny model from scratch, to see that everything works

Without `--model` a model of some hundred thousand parameters is made here, and a tokenizer trained on the data.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from datasets import load_dataset
from tiny_model import tiny_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

from warp_jit_pairs.formats import view


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="warp_jit_pairs", help="name or folder of the data set")
    parser.add_argument("--direction", default="cpp_forward")
    parser.add_argument("--model", help="name or folder of a model (default: a tiny one, made here)")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--max-length", type=int, default=1024, help="tokens of a pair; longer ones are left out")
    parser.add_argument("--output", type=Path, default=Path("sft"))
    options = parser.parse_args()

    pairs = load_dataset(options.dataset, split="train")
    if options.model:
        tokenizer = AutoTokenizer.from_pretrained(options.model)
        model = AutoModelForCausalLM.from_pretrained(options.model)
    else:
        model, tokenizer = tiny_model(pairs["python_source"][:200] + pairs["cpp_forward"][:200])
    made = view("prompt_completion", options.direction, tokenizer=tokenizer, max_tokens=options.max_length)
    examples = pairs.map(made, batched=True, remove_columns=pairs.column_names)
    print(f"{len(examples)} of {len(pairs)} pairs have at most {options.max_length} tokens")
    settings = SFTConfig(
        output_dir=str(options.output),
        max_steps=options.steps,
        per_device_train_batch_size=2,
        max_length=options.max_length,
        completion_only_loss=True,
        logging_steps=1,
        use_cpu=not torch.cuda.is_available(),
        bf16=torch.cuda.is_available(),
        report_to="none",
        save_strategy="no",
    )
    trainer = SFTTrainer(model, args=settings, train_dataset=examples, processing_class=tokenizer)
    trainer.train()
    trainer.save_model()
    print(f"saved in {options.output}")


if __name__ == "__main__":
    main()
