"""The task for lm-evaluation-harness, run by the harness itself: a model that knows the answers passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from small_pairs import write_pairs
from test_sandbox import needs_bubblewrap

pytestmark = pytest.mark.slow
pytest.importorskip("lm_eval", reason='the harness is not installed: pip install ".[examples]"')


@needs_bubblewrap
@pytest.mark.filterwarnings("ignore")  # the harness's own
def test_the_harness_scores_by_execution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from lm_eval import simple_evaluate
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    rows = write_pairs(tmp_path / "test.parquet")

    class Knows(LM):
        """Answers with the right code, except for the first kernel, of which it says something else."""

        def generate_until(self, requests: Any, disable_tqdm: bool = False) -> list[str]:
            codes = {row["python_source"].strip(): row["cpp_forward"] for row in rows[1:]}
            found = (next((c for source, c in codes.items() if source in r.args[0]), "nothing") for r in requests)
            return [f"```cpp\n{code}```\n" for code in found]

        def loglikelihood(self, requests: Any, disable_tqdm: bool = False) -> list[tuple[float, bool]]:
            raise NotImplementedError

        loglikelihood_rolling = loglikelihood  # type: ignore[assignment]

    tasks = TaskManager(
        include_path=str(ROOT / "examples" / "lm_eval"),
        include_defaults=False,
        metadata={"data": str(tmp_path), "configuration": "default"},
    )
    found = simple_evaluate(
        Knows(), tasks=["warp_jit_pairs"], task_manager=tasks, confirm_run_unsafe_code=True, bootstrap_iters=0
    )
    results = found["results"]["warp_jit_pairs"]
    assert results["passed,none"] == results["compiled,none"] == pytest.approx(1 - 1 / len(rows))
