"""The baselines of the evaluation set: what answers they give."""

from __future__ import annotations

from benchmarks.baselines import nearest, renamed


def test_a_kernel_gets_the_name_that_is_asked_for_wherever_warp_writes_it() -> None:
    code = "struct wp_args_step_1a2b {};\nvoid step_1a2b_cpu_kernel_forward(int steps) { step; }"
    assert renamed(code, "step", "go") == (
        "struct wp_args_go_1a2b {};\nvoid go_1a2b_cpu_kernel_forward(int steps) { go; }"
    )


def test_the_nearest_is_that_of_the_most_shingles_in_common() -> None:
    def row(name: str, body: str) -> dict[str, object]:
        source = (
            f"import warp as wp\n\n\n@wp.kernel\ndef {name}(x: wp.array(dtype=float)):\n    i = wp.tid()\n    {body}\n"
        )
        return {"python_source": source, "cpp_forward": f"{name}: {body}", "metadata": {"kernel_name": name}}

    train = [row("one", "x[i] = wp.sin(x[i])"), row("two", "x[i] += 2.0 * x[i + 1]")]
    ((code, alike),) = nearest([row("mine", "x[i] += 3.0 * x[i + 1]")], train)
    assert code == "mine: x[i] += 2.0 * x[i + 1]"
    assert 0.5 < alike < 1.0
