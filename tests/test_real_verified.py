"""How far harvested rows are proven, as the benchmark counts it."""

from __future__ import annotations

from benchmarks.real_verified import counted, table


def test_a_row_counts_in_the_furthest_level_that_passed() -> None:
    def row(package: str, passed: tuple[str, ...], reason: str = "") -> dict[str, object]:
        levels = {name: "passed" if name in passed else "unsupported" for name in ("compiled", "executed", "gradient")}
        return {"origin": {"package": package}, "verification": {**levels, "reason": reason}}

    rows = [
        row("b", ("compiled", "executed", "gradient")),
        row("a", ("compiled", "executed"), "not differentiable: y"),
        row("a", ("compiled",), "degenerate: x"),
        row("a", ()),
    ]
    counts, reasons = counted(rows)
    assert counts == {
        "a": {"rows": 3, "executed": 1, "compiled": 1, "extracted": 1},
        "b": {"rows": 1, "gradient": 1},
    }
    assert reasons == {"executed: not differentiable": 1, "compiled: degenerate": 1}
    assert table(counts).splitlines()[-1] == "| all | 4 | 1 | 1 | 1 | 1 | 50.0 % |"
