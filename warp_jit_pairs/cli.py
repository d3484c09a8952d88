"""The command line: thin verbs over the library, and the only place that turns exceptions into messages.

Exit codes: 0 done, 1 the work could not be done, 2 bad input (one line on stderr says what to do), 130 interrupted.
Warp and `datasets` take seconds to import, so a verb imports what it needs, after the arguments were read.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .errors import UnknownNameError, UsageError, WarpJitPairsError
from .version import DATA_VERSION, __version__
from .warp_version import warp_version

DEFAULT_OUTPUT = Path("warp_jit_pairs_data")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def _parser() -> _Parser:
    parser = _Parser(prog="warp-jit-pairs", description="Pairs of Warp kernels and the code Warp's JIT makes of them.")
    parser.add_argument("--version", action="version", version=f"warp_jit_pairs {__version__}, data {DATA_VERSION}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    build = verbs.add_parser("build", help="make a data set and register it with datasets")
    build.add_argument(
        "--category",
        action="append",
        metavar="NAME",
        help="only this category; may be repeated; all are the generated ones, real and fem are harvested, evaluation "
        "is the fixed evaluation set, built alone",
    )
    build.add_argument(
        "--num-records",
        type=int,
        metavar="N",
        help="generated records in all, after every drop (default: 600, or 150 a category)",
    )
    build.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the whole build (default: 0)")
    build.add_argument("--size", default="mixed", help="how large the programs are (default: mixed)")
    build.add_argument(
        "--verify",
        default="gradient",
        help="none, compile, execute, gradient or cuda: how far records are proven (default: gradient)",
    )
    build.add_argument("--levels", default="code", help="code, or ptx: also compile CUDA to PTX (default: code)")
    build.add_argument("--arch", type=int, default=90, metavar="SM", help="architecture of the PTX (default: 90)")
    build.add_argument(
        "--package",
        action="append",
        metavar="NAME[==VERSION]",
        help="where category real is from; may be repeated; importing it runs its code "
        "(default: warp.examples, newton, mujoco_warp)",
    )
    build.add_argument(
        "--decontaminate",
        default="",
        metavar="PATH_OR_PACKAGE",
        help="leave out what stands in this code; it is not run",
    )
    build.add_argument("--num-proc", type=int, metavar="P", help="worker processes (default: one a core)")
    _add_engine(build)
    build.add_argument("--output", default=DEFAULT_OUTPUT, metavar="DIR|URL", help="default: %(default)s")
    build.add_argument("--overwrite", action="store_true", help="replace what is in the output folder")
    build.set_defaults(run=_build)

    verify = verbs.add_parser("verify", help="prove a finished build again, from its stored columns alone")
    verify.add_argument("folder", nargs="?", type=Path, default=DEFAULT_OUTPUT, help="a build (default: %(default)s)")
    verify.add_argument("--device", default="cpu", help="cpu, or cuda: prove it on a GPU, too (default: cpu)")
    verify.add_argument("--trust", action="store_true", help="run the stored code without the sandbox")
    verify.add_argument("--num-proc", type=int, metavar="P", help="worker processes (default: one a core)")
    _add_engine(verify)
    verify.set_defaults(run=_verify)

    score = verbs.add_parser("score", help="score what a model wrote, by execution in the sandbox")
    score.add_argument("predictions", type=Path, help="JSON lines: id, and completion or completions")
    score.add_argument("--data", type=Path, default=DEFAULT_OUTPUT, metavar="DIR", help="default: %(default)s")
    score.add_argument("--target", default="cpp_forward", help="cpp_forward, cpp_backward or cpp (both)")
    score.add_argument("--k", type=int, nargs="+", default=[1], help="of pass@k (default: 1)")
    score.add_argument("--output", type=Path, metavar="FILE", help="write the score of each answer to this CSV file")
    score.add_argument("--num-proc", type=int, metavar="P", help="sandboxes at a time (default: one a core)")
    score.set_defaults(run=_score)

    extract = verbs.add_parser("extract", help="show the code of a kernel of a module or file")
    extract.add_argument("target", metavar="MODULE_OR_FILE[:KERNEL]")
    extract.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    extract.add_argument("--backward", action="store_true", help="show the adjoint too")
    extract.add_argument("--jsonl", metavar="FILE", help="write JSON lines instead, - for standard output")
    extract.set_defaults(run=_extract)

    harvest = verbs.add_parser(
        "harvest", help="collect the kernels of installed packages; importing a package runs its code"
    )
    harvest.add_argument("packages", nargs="+", metavar="PACKAGE", help="as in an import: newton, warp.examples")
    harvest.add_argument(
        "--license-allow",
        action="append",
        default=[],
        metavar="SPDX",
        help="a further licence to take; may be repeated",
    )
    harvest.add_argument("--output", type=Path, metavar="DIR", help="write the records there (default: only count)")
    harvest.set_defaults(run=_harvest)

    contamination = verbs.add_parser("contamination", help="which rows of a build stand in a given body of code")
    contamination.add_argument("folder", nargs="?", type=Path, default=DEFAULT_OUTPUT, help="default: %(default)s")
    contamination.add_argument("--against", required=True, metavar="PATH_OR_PACKAGE", help="the code; it is not run")
    contamination.set_defaults(run=_contamination)

    check = verbs.add_parser("check", help="prove the tool chain, and the integrity of a build")
    check.add_argument("folder", nargs="?", type=Path, help="a build, whose files and rows are checked too")
    check.add_argument("--quick", action="store_true", help="a smoke run")
    check.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    check.add_argument("--report", type=Path, metavar="FILE", help="default: validation_report.json, beside the build")
    check.set_defaults(run=_check)

    poisson = verbs.add_parser("poisson", help="solve a Poisson problem with a known solution through warp.fem")
    poisson.add_argument("--resolution", type=int, default=16, metavar="N", help="cells a side (default: 16)")
    poisson.add_argument("--degree", type=int, default=1, help="of the elements: 1, 2 or 3 (default: 1)")
    poisson.add_argument("--element", default="grid", help="grid, triangle or tetrahedron (default: grid)")
    poisson.add_argument("--dimension", type=int, help="2 or 3 (default: that of the element, 2 for a grid)")
    poisson.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    poisson.add_argument("--plot", type=Path, metavar="FILE", help="draw the solution and the convergence to this PNG")
    poisson.set_defaults(run=_poisson)

    stats = verbs.add_parser("stats", help="figures about a build, or about the generator")
    stats.add_argument("--generator", action="store_true", help="figures about generated programs, not about a build")
    stats.add_argument("--num", type=int, default=2000, help="with --generator: programs (default: %(default)s)")
    stats.add_argument("--seed", type=int, default=0, help="with --generator: seed (default: 0)")
    stats.add_argument(
        "--codegen",
        type=int,
        default=512,
        metavar="N",
        help="with --generator: programs for Warp's codegen (default: 512)",
    )
    stats.add_argument(
        "--compile",
        type=int,
        default=0,
        metavar="N",
        help="with --generator: programs for clang and NVRTC (default: 0)",
    )
    stats.add_argument(
        "--plan",
        type=int,
        default=0,
        metavar="N",
        help="with --generator: plan a build of N records, too (default: no)",
    )
    stats.add_argument(
        "--num-proc", type=int, metavar="P", help="with --generator: processes (default: all processors)"
    )
    stats.add_argument("folder", nargs="?", type=Path, default=DEFAULT_OUTPUT, help="a build (default: %(default)s)")
    stats.add_argument("--output", type=Path, metavar="FILE", help="write the figures as Markdown to this file")
    stats.set_defaults(run=_stats)

    card = verbs.add_parser("card", help="write the card of a finished build anew")
    card.add_argument("folder", nargs="?", type=Path, default=DEFAULT_OUTPUT, help="a build (default: %(default)s)")
    card.set_defaults(run=_card)

    push = verbs.add_parser("push", help="publish a checked build on the Hub: one commit, one tag")
    push.add_argument("--repo", required=True, metavar="NAMESPACE/NAME", help="the dataset on the Hub")
    push.add_argument("--folder", type=Path, default=DEFAULT_OUTPUT, metavar="DIR", help="default: %(default)s")
    push.add_argument("--private", action="store_true", help="if the dataset must be made, make it private")
    push.add_argument("--create-pr", action="store_true", help="open a pull request, without a tag")
    push.add_argument("--tag-merged", action="store_true", help="set the tag after a pull request was merged")
    push.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    push.add_argument("--yes", action="store_true", help="do not ask")
    push.set_defaults(run=_push)

    diff = verbs.add_parser("diff", help="compare two versions of the data")
    diff.add_argument("before", metavar="A", help="a build's folder, or NAMESPACE/NAME@TAG")
    diff.add_argument("after", metavar="B", help="a build's folder, or NAMESPACE/NAME@TAG")
    diff.set_defaults(run=_diff)

    withdraw = verbs.add_parser("withdraw", help="mark a published version as bad, and point to a good one")
    withdraw.add_argument("tag", metavar="vX.Y.Z", help="the version")
    withdraw.add_argument("--repo", required=True, metavar="NAMESPACE/NAME", help="the dataset on the Hub")
    withdraw.add_argument("--reason", required=True, metavar="TEXT", help="what is wrong with it")
    withdraw.add_argument("--instead", metavar="vX.Y.Z", help="the version to use (default: the last good one)")
    withdraw.set_defaults(run=_withdraw)
    return parser


def _add_engine(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--engine", default="local", help="local or ray: where the work is done (default: local)")
    verb.add_argument(
        "--ray-address",
        metavar="HOST:PORT",
        help="of a Ray cluster (default: RAY_ADDRESS, or else a cluster on this machine with P cores)",
    )


def _build(options: argparse.Namespace) -> None:
    from .build_command import run_build

    run_build(
        categories=options.category,
        num_records=options.num_records,
        seed=options.seed,
        size=options.size,
        verify=options.verify,
        level=options.levels,
        arch=options.arch,
        packages=options.package,
        decontaminate=options.decontaminate,
        processes=_processes(options.num_proc),
        engine=options.engine,
        ray_address=options.ray_address,
        output=options.output,
        overwrite=options.overwrite,
    )


def _verify(options: argparse.Namespace) -> int:
    from .engines import choose_engine

    if options.device not in ("cpu", "cuda"):
        raise UnknownNameError("device", options.device, ["cpu", "cuda"])
    processes, on_gpu = _processes(options.num_proc), options.device == "cuda"
    engine = choose_engine(options.engine, processes, options.ray_address, gpus=on_gpu)
    if on_gpu:
        from .reverify_cuda import run_verify_cuda

        return run_verify_cuda(options.folder, engine, trust=options.trust)
    from .reverify import run_verify

    elsewhere = engine if engine.many_machines else None
    return run_verify(options.folder, trust=options.trust, processes=processes, engine=elsewhere)


def _processes(given: int | None) -> int:
    return len(os.sched_getaffinity(0)) if given is None else given


def _score(options: argparse.Namespace) -> None:
    from .score_command import run_score

    run_score(
        options.predictions,
        data=options.data,
        target=options.target,
        ks=options.k,
        output=options.output,
        processes=_processes(options.num_proc),
    )


def _extract(options: argparse.Namespace) -> None:
    from .show import run_extract

    run_extract(options.target, device=options.device, backward=options.backward, jsonl=options.jsonl)


def _harvest(options: argparse.Namespace) -> None:
    from .harvest_command import run_harvest

    run_harvest(options.packages, options.license_allow, options.output)


def _contamination(options: argparse.Namespace) -> None:
    from .contamination_command import run_contamination

    run_contamination(options.folder, options.against)


def _check(options: argparse.Namespace) -> int:
    from .checks import run_checks
    from .manifest import REPORT

    report = options.report or (options.folder or Path()) / REPORT
    return run_checks(quick=options.quick, device=options.device, report=report, folder=options.folder)


def _poisson(options: argparse.Namespace) -> None:
    from .poisson_plot import run_poisson

    run_poisson(
        resolution=options.resolution,
        degree=options.degree,
        element=options.element,
        dimension=options.dimension,
        device=options.device,
        plot=options.plot,
    )


def _stats(options: argparse.Namespace) -> None:
    if options.generator:
        from .genstats import run_generator_stats

        run_generator_stats(
            num=options.num,
            seed=options.seed,
            codegen=options.codegen,
            compiled=options.compile,
            plan=options.plan,
            processes=_processes(options.num_proc),
        )
    else:
        from .data_stats import run_stats

        run_stats(options.folder, options.output)


def _card(options: argparse.Namespace) -> None:
    from .card_files import write_card
    from .manifest import read_manifest

    write_card(options.folder, read_manifest(options.folder))


def _push(options: argparse.Namespace) -> None:
    from .push_command import run_push

    run_push(
        options.repo,
        options.folder,
        private=options.private,
        create_pr=options.create_pr,
        tag_merged=options.tag_merged,
        dry_run=options.dry_run,
        yes=options.yes,
    )


def _diff(options: argparse.Namespace) -> None:
    from .diff_command import run_diff

    run_diff(options.before, options.after)


def _withdraw(options: argparse.Namespace) -> None:
    from .withdraw import run_withdraw

    run_withdraw(options.repo, options.tag, reason=options.reason, instead=options.instead)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        options = _parser().parse_args(arguments)
        warp_version()
        return int(options.run(options) or 0)
    except WarpJitPairsError as error:
        print(f"warp-jit-pairs: {' '.join(str(error).split())}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        print("warp-jit-pairs: interrupted; the same command goes on where this one stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
