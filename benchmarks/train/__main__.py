"""What a small decoder, trained from scratch, learns from the pairs: Python to the C++ of the forward pass.

    python -m benchmarks.train real FOLDER --evaluation BUILD    real kernels, of installed packages, and the tests
    python -m benchmarks.train synthetic FOLDER --number N       synthetic ones, made now
    python -m benchmarks.train run FOLDER --output RESULTS --runs synthetic:0 real:0:60 [--seconds S]
    python -m benchmarks.train score RESULTS FOLDER --data BUILD EVALUATION    what passes by execution
    python -m benchmarks.train mistakes RESULTS FOLDER       where that first goes wrong
    python -m benchmarks.train report RESULTS                    tables of all runs there

`run` trains each of the runs (what on, a seed, and seconds of its own perhaps) in a process of its own, one for each
GPU at a time, and tests it on the kernels of a package that is in no training set and on the evaluation set. `score`
runs what it wrote on the test cases of the builds' records: BUILD of category real, EVALUATION of category evaluation.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from . import data


def _real(options: argparse.Namespace) -> None:
    options.folder.mkdir(parents=True, exist_ok=True)
    tests = data.evaluation(options.evaluation)
    train, test = data.split_real(data.collect(), [row for rows in tests.values() for row in rows])
    for name, rows in {"real": train, "test_real": test, **tests}.items():
        print(f"{name}: {data.write_rows(options.folder / f'{name}.jsonl.gz', rows)} kernels")


def _synthetic(options: argparse.Namespace) -> None:
    begun = time.monotonic()
    tests = [row for name in data.TESTS for row in data.read_rows(options.folder / f"{name}.jsonl.gz")]
    best, nearest, kept = np.zeros(len(tests)), [""] * len(tests), 0
    texts: dict[str, str] = {}

    def rows() -> Iterator[data.Row]:
        nonlocal best, kept
        chunks = data.synthesize(
            options.number, options.seed, options.seconds, options.processes, [row["python_source"] for row in tests]
        )
        for chunk, alike, names in chunks:
            codes = {row["id"]: row["cpp_forward"] for row in chunk}
            for place in np.flatnonzero(alike > best):
                nearest[place] = names[place]
                texts[names[place]] = codes[names[place]]
            best = np.maximum(best, alike)
            kept += len(chunk)
            yield from chunk

    data.write_rows(options.folder / "synthetic.jsonl.gz", rows())
    with (options.folder / "nearest_synthetic.jsonl").open("w", encoding="utf-8") as file:
        for row, name, alike in zip(tests, nearest, best, strict=True):
            file.write(json.dumps({"id": row["id"], "likeness": alike, "completion": texts.get(name, "")}) + "\n")
    print(f"{kept} synthetic kernels to train on, of {options.number} programs, in {time.monotonic() - begun:.0f} s")


def _run(options: argparse.Namespace) -> None:
    """One run here, or several in processes of their own."""
    if len(options.runs) == 1:
        from .model import Shape
        from .run import Settings, run

        trained_on, seed, *seconds = options.runs[0].split(":")
        settings = Settings(
            trained_on,
            int(seed),
            float(seconds[0]) if seconds else options.seconds,
            budget=options.batch,
            rate=options.rate,
            compiled=not options.no_compile,
            shape=Shape(width=options.width, layers=options.layers, heads=max(1, options.width // 64)),
        )
        run(options.folder, options.output, settings, options.processes)
        return
    waiting, running, failed = list(options.runs), dict[int, subprocess.Popen[bytes]](), 0
    cores = max(1, options.processes // options.gpus)
    while waiting or running:
        for gpu in range(options.gpus):
            if gpu in running and running[gpu].poll() is not None:
                failed += running.pop(gpu).returncode != 0
            if gpu not in running and waiting:
                again = [str(options.folder), "--output", str(options.output), "--runs", waiting.pop(0)]
                again += ["--processes", str(cores), *(["--no-compile"] if options.no_compile else [])]
                for name in ("seconds", "rate", "batch", "width", "layers"):
                    again += [f"--{name}", str(getattr(options, name))]
                running[gpu] = subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.train", "run", *again],
                    env=os.environ | {"CUDA_VISIBLE_DEVICES": str(gpu)},
                )
        time.sleep(0.5)
    if failed:
        sys.exit(f"{failed} of {len(options.runs)} runs failed")


def _score(options: argparse.Namespace) -> None:
    from .passes import score_runs

    score_runs(options.results, options.folder, options.data, options.processes)


def _mistakes(options: argparse.Namespace) -> None:
    from .mistakes import mistakes

    print(mistakes(options.results, options.folder))


def _report(options: argparse.Namespace) -> None:
    from .report import report, write_results

    print(report(options.results))
    if options.write:
        write_results(options.results, options.write)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(required=True)
    real = verbs.add_parser("real")
    real.add_argument("--evaluation", type=Path, required=True, help="a build of category evaluation")
    real.set_defaults(act=_real)
    synthetic = verbs.add_parser("synthetic")
    synthetic.add_argument("--number", type=int, default=100_000, help="programs (default: %(default)s)")
    synthetic.add_argument("--seed", type=int, default=0)
    synthetic.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many")
    synthetic.set_defaults(act=_synthetic)
    train = verbs.add_parser("run")
    train.add_argument("--output", type=Path, required=True)
    train.add_argument("--runs", nargs="+", default=["synthetic:0", "real:0", "both:0"], help="default: %(default)s")
    train.add_argument("--seconds", type=float, default=240.0, help="of training, for each run (default: %(default)s)")
    train.add_argument("--rate", type=float, default=4e-3, help="learning rate (default: %(default)s)")
    train.add_argument("--batch", type=int, default=32768, help="tokens of a batch (default: %(default)s)")
    train.add_argument("--width", type=int, default=512, help="of the decoder (default: %(default)s)")
    train.add_argument("--layers", type=int, default=12, help="of the decoder (default: %(default)s)")
    train.add_argument("--gpus", type=int, default=1)
    train.add_argument("--no-compile", action="store_true", help="do without torch.compile")
    train.set_defaults(act=_run)
    score = verbs.add_parser("score")
    score.add_argument("results", type=Path)
    score.add_argument("--data", type=Path, nargs="+", required=True, help="finished builds")
    score.set_defaults(act=_score)
    wrong = verbs.add_parser("mistakes")
    wrong.add_argument("results", type=Path)
    wrong.set_defaults(act=_mistakes)
    for verb in (real, synthetic, train, score, wrong):
        verb.add_argument("folder", type=Path)
        verb.add_argument("--processes", type=int, default=data.default_processes())
    report = verbs.add_parser("report")
    report.add_argument("results", type=Path)
    report.add_argument("--write", metavar="DATE", help="keep the figures for the card, as of the day of the runs")
    report.set_defaults(act=_report)
    options = parser.parse_args(arguments)
    options.act(options)


if __name__ == "__main__":
    main()
