"""The benchmark harness: what it makes of times, what it holds them to, that all its programs compute the same thing."""

import dataclasses
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest

import expectax as ex

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import bench
import comparison
import costs
import families
import goals
import libraries
import loss_programs
import report
import timing

ROWS = {row.name: row for row in families.rows({"expectax": ex})}
ARRAYS = ("numpy", "scipy")


@pytest.fixture(autouse=True)
def _as_users_have_it():
    """The same key for every turn is meant; peers and their users rely on promotion."""
    with jax.debug_key_reuse(False), jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def cell(row="Gamma 1", operation="sample", peer="tfp", ratio=2.0, **others):
    made = timing.Cell(row, operation, peer, ratio, ratio, ratio, ratio, 0.001, 0.001)
    return dataclasses.replace(made, **others)


# --- Times ---


def test_bound_of_constant_times_is_their_ratio():
    assert timing.lower_bound(np.full(9, 2.0), np.full(9, 5.0)) == 2.5


def test_bound_lies_below_the_ratio_and_keeps_turns_together():
    times = np.arange(1.0, 10.0)
    assert 2.0 <= timing.lower_bound(np.ones(9), times) < 5.0
    assert timing.lower_bound(times, 3 * times) == pytest.approx(3.0), "a load that meets both leaves the ratio alone"


def test_every_turn_measures_every_library():
    counts = {"a": 0, "b": 0}

    def counting(name):
        def call():
            counts[name] += 1

        return call

    times = timing.interleaved({name: counting(name) for name in counts}, repeats=3)
    assert {name: t.shape for name, t in times.items()} == {"a": (3, 2), "b": (3, 2)}
    # the first call, and in each turn one that is not timed and the most that are
    assert counts == dict.fromkeys(counts, 1 + 3 * (1 + timing.MOST_CALLS))


# --- Rows ---


@pytest.mark.parametrize("name", ["Gumbel", "Poisson 1", "Categorical 10 shared"])
def test_row_is_compared_with_numpy_and_scipy(name):
    cells, lacking = comparison.compare(ROWS[name], 64, 2, ARRAYS)
    measured = {(c.operation, c.peer) for c in cells}
    assert ("sample", "numpy") in measured
    assert (
        name.startswith("Categorical") or {("log_prob", "scipy"), ("cdf", "scipy"), ("quantile", "scipy")} <= measured
    )
    assert lacking == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_all_rows_run_and_are_what_scipy_calls_so(name):
    _, lacking = comparison.compare(ROWS[name], 640, 2, ARRAYS)
    assert [lack for lack in lacking if lack.reason and "NotImplementedError" not in lack.reason] == []


def test_shared_row_draws_many_from_one_table():
    data = libraries.make_data(ROWS["Categorical 1000 shared"], 50)
    assert data.shape == (5,)
    assert data.parameters[0].shape == (1000,)
    assert data.x.shape == (5,)


def test_rows_of_families_that_expectax_lacks_are_left_out():
    assert families.rows({"expectax": SimpleNamespace(Normal=ex.Normal)})[0].name == "Normal"
    assert len(families.rows({"expectax": SimpleNamespace(Normal=ex.Normal)})) == 1


def test_goals_speak_of_rows_and_operations_that_are_there():
    later = {"Mixture 5"} - ROWS.keys()
    assert {row for goal in goals.GOALS for row in goal.rows} - later <= ROWS.keys()
    assert {operation for goal in goals.GOALS for operation in goal.operations} <= set(libraries.OPERATIONS)


def test_another_density_stops_the_run():
    assert comparison.check("row", "log_prob", "peer", np.ones(3), np.ones(3) + 1e-5)
    with pytest.raises(ValueError, match="another density"):
        comparison.check("row", "log_prob", "peer", np.ones(3), np.full(3, 1.1))
    with pytest.raises(ValueError, match="another density"):
        comparison.check("row", "log_prob", "peer", np.ones(3), np.full(3, np.nan))


def test_peer_whose_gradient_leaves_a_parameter_out_is_marked():
    full, dropped = (np.ones(2), np.ones(2)), (np.ones(2), np.zeros(2))
    assert comparison.check("row", "gradient of mean(sample)", "peer", full, full)
    assert not comparison.check("row", "gradient of mean(sample)", "peer", full, dropped)
    for operation in ("sample + gradient", "log_prob + gradient"):
        assert not comparison.check("row", operation, "peer", (1.0, full), (1.0, dropped))


def test_missing_peer_is_said(monkeypatch):
    monkeypatch.setattr(libraries, "MODULES", {"expectax": "expectax", "peer": "no_such_library"})
    modules, missing = libraries.installed()
    assert modules == {"expectax": ex}
    assert "no_such_library" in missing["peer"]


def test_failing_peer_is_lacking_and_ours_is_a_fault():
    def fails(*parameters):
        raise ArithmeticError("broken")

    row = dataclasses.replace(ROWS["Gumbel"], make={**ROWS["Gumbel"].make, "tfp": fails})
    cells, lacking = comparison.compare(row, 16, 2, ("tfp",))
    assert cells == []
    assert {lack.reason for lack in lacking} == {"ArithmeticError: broken"}
    with pytest.raises(ArithmeticError):
        libraries.ours(dataclasses.replace(row, make={"expectax": fails}), "sample", libraries.make_data(row, 16))


# --- Goals ---


def meeting_all() -> list[timing.Cell]:
    """Cells that just meet every goal."""
    named = {(row, o): goal.at_least for goal in goals.GOALS for row in goal.rows for o in goal.operations}
    cells = [cell(row, o, ratio=ratio) for (row, o), ratio in named.items()]
    return [*cells, cell("Normal", "cdf", ratio=0.95), cell("Normal", "cdf", "torch", 1.5)]


def missed(cells) -> set[str]:
    return {v.name for v in goals.of_rows(cells) if v.met is False}


def test_goals_are_met_by_what_just_meets_them():
    assert missed(meeting_all()) == set()
    assert all(v.met for v in goals.of_rows(meeting_all()))


@pytest.mark.parametrize("number", range(len(meeting_all())))
def test_each_cell_decides_its_goal(number):
    cells = meeting_all()
    place = cells[number]
    cells[number] = dataclasses.replace(place, ratio=0.99 * place.ratio, lower=0.99 * place.lower)
    owners = {g.name for g in goals.GOALS if place.row in g.rows and place.operation in g.operations}
    last = {"Normal": {"every row, lower 95 % bound"}}.get(place.row, set())
    assert missed(cells) - {"geometric mean of the rows above"} == (
        {"geometric mean against torch"} if place.peer == "torch" else owners | last
    )


def test_the_fastest_exact_jax_peer_counts():
    cells = [
        cell(ratio=3.0),
        cell(peer="numpyro", ratio=2.6),
        cell(peer="distrax", ratio=0.5, exact=False),
        cell(peer="numpy", ratio=0.1),
    ]
    assert goals.best_peers(cells)["Gamma 1", "sample"].peer == "numpyro"


def test_what_was_not_measured_is_not_met():
    verdicts = goals.of_rows([]) + goals.of_costs({})
    assert {v.met for v in verdicts} == {None}
    assert f"0 of {len(verdicts)} goals" in report.goals_table(verdicts)


def test_a_goal_that_lacks_a_row_is_not_met():
    cells = [c for c in meeting_all() if c.row != "Gamma 10"]
    found = {v.name: v for v in goals.of_rows(cells)}["Gamma sample, any shape"]
    assert (found.met, found.value) == (None, 2.5)
    assert found.where.endswith("without Gamma 10")


def test_slower_cells_are_listed_worst_first():
    cells = [cell("A", ratio=0.9), cell("B", ratio=0.5), cell("C", ratio=0.95), cell("D", peer="numpy", ratio=0.1)]
    assert [c.row for c in goals.slower(cells)] == ["B", "A"]
    assert report.slower_table(cells).splitlines()[2].startswith("| B | sample | tfp | 0.50 (≥ 0.50) |")


def test_costs_are_held_to_their_bounds():
    compiled = {"row": "Gamma 1", "operation": "sample + gradient", "seconds": 1.1, "temporary_bytes": 31e6}
    found = {"import_seconds": {"expectax": 0.3}, "eager_seconds": {"expectax": 2.0, "distrax": 1.0}}
    assert [v.met for v in goals.of_costs(found | {"compile": [compiled]})] == [False] * 4
    compiled |= {"seconds": 0.9, "temporary_bytes": 29e6}
    found = {"import_seconds": {"expectax": 0.2}, "eager_seconds": {"expectax": 1.0, "distrax": 1.0}}
    assert [v.met for v in goals.of_costs(found | {"compile": [compiled]})] == [True] * 4


# --- Programs ---


def independent_gradients(program, keys, *settings):
    """Of ours and of the one by hand, from different keys."""
    ways, arguments = program({}, *settings)
    return [
        loss_programs.gradients(jax.jit(ways[name]), arguments, own)
        for name, own in zip(("expectax", "by hand"), keys, strict=True)
    ]


def test_rollout_gradients_agree(key):
    """False alarm 1e-6 at most; three tenths of the gradient too much are seen."""
    ours, by_hand = independent_gradients(loss_programs.rollout, jax.random.split(key, (2, 300)), 8, 64)
    assert loss_programs.distance(ours, by_hand) < 24
    assert loss_programs.distance(ours, 1.3 * by_hand) > 24


def test_elbo_gradients_agree(key):
    """False alarm 1e-6 at most; three tenths of the gradient too much are seen."""
    ours, by_hand = independent_gradients(loss_programs.elbo, jax.random.split(key, (2, 20)))
    assert loss_programs.distance(ours, by_hand) < 24
    assert loss_programs.distance(ours, 1.3 * by_hand) > 24


def test_programs_are_compared():
    ways = loss_programs.compare("rollout", *loss_programs.rollout({}, 3, 8), keys=8, repeats=2)
    assert [way.peer for way in ways] == ["by hand"]
    assert ways[0].efficiency == ways[0].ratio * ways[0].variance_ratio


# --- The page ---


def record() -> report.Record:
    about = {"lanes": 10, "repeats": 2, "machine": "2 cores", "versions": {"jax": "0"}}
    ways = [loss_programs.Way("ELBO", "tfp", 2.0, 1.5, 2.0, 10.0, 3.0, 1.0)]
    compiled = {"row": "Gamma 1", "operation": "sample", "seconds": 0.5, "wall_seconds": 0.4, "temporary_bytes": 5}
    paid = {"import_seconds": {"expectax": 0.1}, "eager_seconds": {"expectax": 1e-4}, "compile": [compiled]}
    cells = [cell(ratio=3.0), cell(peer="distrax", ratio=2.5, exact=False), cell(peer="scipy", ratio=9.0)]
    return report.Record(about, cells, [], ways, paid)


def test_table_has_a_column_a_peer_and_marks_what_is_not_exact():
    lines = report.table(record().cells, "sample").splitlines()
    assert lines[0] == "| row | ours, ms | tfp | distrax | scipy | best JAX peer | wall |"
    assert lines[2] == "| Gamma 1 | 1.00 | 3.00 | 2.50† | 9.00 | 3.00 (≥ 3.00) | 3.00 |"


def test_page_is_written_from_what_was_kept(tmp_path):
    kept = json.loads(json.dumps(dataclasses.asdict(record())))
    for name, made in (("a", record()), ("b", report.Record.from_json(kept))):
        report.write(made, tmp_path / name / "benchmarks.md")
    first, second = ((tmp_path / name / "benchmarks.md").read_text(encoding="utf-8") for name in "ab")
    assert first == second
    assert all(part in first for part in ("## Goals", "### sample", "## Programs", "## Costs", "benchmarks.svg"))
    assert "Gamma 1" in (tmp_path / "a" / "benchmarks.svg").read_text(encoding="utf-8")


def test_one_row_runs_from_the_command_line(tmp_path, monkeypatch, capsys):
    words = ["--lanes", "16", "--repeats", "2", "--parts", "rows", "--out", str(tmp_path), "Gumbel"]
    monkeypatch.setattr(sys, "argv", ["bench.py", *words])
    bench.main()
    assert "Gumbel" in (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert {c["row"] for c in json.loads((tmp_path / "bench.json").read_text())["cells"]} == {"Gumbel"}
    assert "goals are met" in capsys.readouterr().out


def test_compile_costs_of_a_row():
    sample, gradient = costs.compile_costs(ROWS["Gumbel"], 1000, repeats=1)
    assert (sample["operation"], gradient["operation"]) == ("sample", "sample + gradient")
    assert gradient["seconds"] > 0
    assert costs.compile_costs(ROWS["Poisson 1"], 10, repeats=1)[1:] == []


@pytest.mark.slow
def test_import_and_eager_call_are_timed():
    assert 0 < costs.import_seconds({"expectax": ex}, repeats=1)["expectax"] < 60
    assert 0 < costs.eager_seconds({"expectax": ex}, repeats=1)["expectax"] < 60
