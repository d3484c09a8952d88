"""Reward a causal model by execution with TRL's GRPO trainer: what it writes is compiled and run in the sandbox.

Build a data set first (`warp-jit-pairs build`), install bubblewrap, `pip install "warp-jit-pairs[examples]"`, then:

    python examples/train_grpo.py --model sft             # a model that has been fine-tuned by train_sft.py
    python examples/train_grpo.py --steps 2 --answer 32   # a tiny model from scratch, to see that everything works
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from datasets import load_dataset
from tiny_model import tiny_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

from warp_jit_pairs.formats import view
from warp_jit_pairs.rewards import REWARD_COLUMNS, ExecutionReward


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="warp_jit_pairs", help="name or folder of the data set")
    parser.add_argument("--model", help="name or folder of a model (default: a tiny one, made here)")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--answer", type=int, default=1024, help="tokens that an answer may have")
    parser.add_argument("--output", type=Path, default=Path("grpo"))
    options = parser.parse_args()

    pairs = load_dataset(options.dataset, split="train").filter(lambda row: len(row["test_cases"]) > 0)
    if options.model:
        tokenizer = AutoTokenizer.from_pretrained(options.model)
        model = AutoModelForCausalLM.from_pretrained(options.model)
    else:
        model, tokenizer = tiny_model(pairs["python_source"][:200] + pairs["cpp_forward"][:200])
    made = view("prompt_only", "cpp_forward", support=True, keep=REWARD_COLUMNS)
    prompts = pairs.map(made, batched=True, remove_columns=pairs.column_names)
    settings = GRPOConfig(
        output_dir=str(options.output),
        max_steps=options.steps,
        per_device_train_batch_size=4,
        num_generations=4,
        max_completion_length=options.answer,
        logging_steps=1,
        use_cpu=not torch.cuda.is_available(),
        bf16=torch.cuda.is_available(),
        report_to="none",
        save_strategy="no",
    )
    reward = ExecutionReward("cpp_forward")
    trainer = GRPOTrainer(model, reward, args=settings, train_dataset=prompts, processing_class=tokenizer)
    trainer.train()
    trainer.save_model()
    print(f"saved in {options.output}")


if __name__ == "__main__":
    main()
