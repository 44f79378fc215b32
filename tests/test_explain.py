"""`ex.explain`: its numbers against closed forms, and each disease on a program that has it and a near twin that has not."""

import dataclasses
import json
import pathlib
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import expectax as ex
from expectax import cli

HERE = pathlib.Path(__file__).name


def own_log_prob(params, key):
    distribution = ex.Normal(params["loc"], params["scale"])
    return distribution.log_prob(distribution.sample(key))


PARAMS = {"loc": 0.7, "scale": 1.3}
PARAMS_32 = {name: np.float32(value) for name, value in PARAMS.items()}


def explain(loss, **options):
    """`ex.explain`, leaving the key free for the near twin."""

    def wrapped(*args):
        with jax.debug_key_reuse(False):
            return ex.explain(loss, **options)(*args)

    return wrapped


def names(report):
    return {finding.name for finding in report.findings}


def test_the_classic_zero_is_taken_apart(key):
    report = explain(own_log_prob)(PARAMS, key)
    (site,) = report.sites
    loc, scale = site.rows
    with jax.debug_key_reuse(False):
        draw = float(ex.Normal(0.7, 1.3).sample(key))
    a = (draw - 0.7) / 1.3**2  # d log p / d loc at a fixed draw; the draw moves with loc one to one
    assert loc.through_density == pytest.approx(a, rel=1e-4)
    assert loc.through_draw == pytest.approx(-a, rel=1e-4)
    assert loc.total == 0
    z = (draw - 0.7) / 1.3
    assert scale.through_draw == pytest.approx(-z * z / 1.3, rel=1e-4)
    assert scale.through_density == pytest.approx((z * z - 1) / 1.3, rel=1e-4)
    assert scale.total == pytest.approx(-1 / 1.3, rel=1e-5)
    assert scale.expected == pytest.approx(-1 / 1.3, rel=1e-5)
    assert {f.subject.split(" of ")[0] for f in report.findings} == {"loc"}


def test_the_report_names_both_sites_and_gives_both_programs(key):
    text = str(explain(own_log_prob)(PARAMS, key))
    line = own_log_prob.__code__.co_firstlineno + 2
    assert f"{HERE}:{line}" in text
    for words in ("exact cancellation", "only translates", "negative entropy", 'gradient="stop"', "reward(x) *"):
        assert words in text
    assert "d/dscale = -0.7692" in text


def test_the_policy_gradient_for_the_reward_x_is_one_for_loc(key):
    report = explain(own_log_prob, num_samples=20_000)(PARAMS, key)
    (line,) = [p for p in report.programs if "for reward(x) = x" in p]
    loc, error = line.split("d/dloc = ")[1].split(";")[0].split(" +- ")
    assert abs(float(loc) - 1) < 5 * float(error)


def test_a_density_of_other_parameters_does_not_cancel(key):
    def loss(params, key):
        return ex.Normal(0.0, 1.0).log_prob(ex.Normal(params["loc"], params["scale"]).sample(key))

    report = explain(loss)(PARAMS, key)
    assert names(report) == set()
    assert report.programs == ()


def test_no_path(key):
    def loss(params, key):
        return ex.Normal(params["loc"], 1.0).sample(key)

    report = explain(loss)(PARAMS, key)
    assert [f.subject for f in report.findings] == ["params['scale']"]
    assert names(report) == {"no path"}


def test_dropped_and_its_twin(key):
    def loss(rate, key):
        return ex.Poisson(rate).sample(key)

    def twin(rate, key):
        return ex.Exponential(rate).sample(key)

    report = explain(loss, num_samples=4000)(2.0, key)
    assert names(report) == {"dropped"}
    (row,) = report.parameters
    assert row.total == 0
    assert abs(row.expected - 1) < 5 * row.standard_error
    assert names(explain(twin)(2.0, key)) == set()


def test_stop_gradient_cut_and_its_twin(key):
    def loss(loc, key):
        return lax.stop_gradient(ex.Normal(loc, 1.0).sample(key)) ** 2

    def twin(loc, key):
        x = ex.Normal(loc, 1.0).sample(key)
        return x * x + lax.stop_gradient(x)

    report = explain(loss)(0.3, key)
    assert names(report) == {"stop_gradient cut"}
    assert f"{HERE}:{loss.__code__.co_firstlineno + 1}" in report.findings[0].text
    assert names(explain(twin)(0.3, key)) == set()


def test_discontinuous_and_its_twin(key):
    def loss(loc, key):
        return jnp.where(ex.Normal(loc, 1.0).sample(key) > 0, 1.0, 0.0)

    def twin(loc, key):
        x = ex.Normal(loc, 1.0).sample(key)
        return jnp.where(x > 0, x, 0.1 * x)

    report = explain(loss)(0.3, key)
    assert names(report) == {"discontinuous"}
    assert f"{HERE}:{loss.__code__.co_firstlineno + 1}" in report.findings[0].text
    assert report.sites[0].estimator == "score"
    assert f"at {pathlib.Path(__file__).parent}" not in report.sites[0].reason  # as short as every other line
    assert names(explain(twin)(0.3, key)) == set()


def test_moving_support_and_its_twin(key):
    def loss(high, key):
        return ex.Uniform(0.0, high).sample(key) ** 2

    def twin(high, key):
        return (high * ex.Uniform(0.0, 1.0).sample(key)) ** 2

    assert names(explain(loss)(1.5, key)) == {"moving support"}
    assert names(explain(twin)(1.5, key)) == set()


def test_reused_key_and_its_twin(key):
    def loss(loc, key):
        return ex.Normal(loc, 1.0).sample(key) * ex.Normal(loc, 1.0).sample(key)

    def twin(loc, key):
        k1, k2 = jax.random.split(key)
        return ex.Normal(loc, 1.0).sample(k1) * ex.Normal(loc, 1.0).sample(k2)

    with jax.debug_key_reuse(False):
        assert names(explain(loss)(0.3, key)) == {"key reused"}
        assert names(explain(twin)(0.3, key)) == set()


def test_refused_programs_are_explained_not_raised(key):
    def loss(high, key):
        return jnp.where(ex.Uniform(0.0, high).sample(key) > 0.1, 1.0, 0.0)

    report = explain(loss)(1.5, key)
    assert {"refused", "discontinuous", "moving support"} <= names(report)
    assert report.sites[0].estimator == "refused"
    assert report.parameters[0].expected is None


def test_too_few_draws_say_so(key):
    report = explain(own_log_prob, num_samples=5)(PARAMS, key)
    assert "too few draws" in names(report)
    assert "too few" in str(report)
    assert "nan" not in str(explain(own_log_prob, num_samples=1)(PARAMS, key))


def test_sites_in_loops_are_measured(key):
    def loss(params, key):
        def step(x, key):
            return x + ex.Normal(params["loc"], params["scale"]).sample(key), None

        return lax.scan(step, 0.0, jax.random.split(key, 5))[0]

    report = explain(loss)(PARAMS, key)
    (site,) = report.sites
    assert site.rows[0].through_draw == pytest.approx(5.0, rel=1e-5)
    assert site.rows[0].expected == pytest.approx(5.0, rel=1e-5)


def test_a_program_with_an_unbounded_loop_is_explained_in_forward_mode(key):
    def loss(p, key):
        def body(state):
            n, key, _ = state
            key, subkey = jax.random.split(key)
            return n + 1, key, ex.Bernoulli(probs=p).sample(subkey)

        return lax.while_loop(lambda s: s[2] == 0, body, (0, key, jnp.int32(0)))[0].astype(jnp.float32)

    report = explain(loss, num_samples=500)(0.5, key)
    assert any("forward mode" in note for note in report.notes)
    assert report.parameters[0].expected < 0


def _unrolled(count):
    def loss(loc, key):
        return sum(ex.Normal(loc * i, 1.0).sample(k) ** 2 for i, k in enumerate(jax.random.split(key, count))) / count

    return loss


def test_of_very_many_sites_the_whole_is_measured(key):
    report = explain(_unrolled(101), num_samples=200)(0.3, key)
    (section,) = report.sites
    assert "(101 sites)" in section.title
    (row,) = report.parameters
    exact = 2 * 0.3 * sum(i * i for i in range(101)) / 101
    assert abs(row.expected - exact) < 5 * row.standard_error
    assert np.isnan(row.through_draw)
    assert "above 100" in str(report)
    assert not report.findings


def test_of_very_many_sites_weights_are_not_judged(key):
    def loss(loc, key):
        total = 0.0
        for subkey in jax.random.split(key, 101):
            q = ex.Normal(loc, 0.3)
            x = q.sample(subkey)
            total = total + jnp.exp(ex.Normal(0.0, 1.0).log_prob(x) - q.log_prob(x))
        return total

    assert "importance weights" not in names(explain(loss, num_samples=40)(0.3, key))


def test_where_a_run_has_many_weights_fewer_further_runs_are_made(key, monkeypatch):
    from expectax.explain import _measure

    def loss(loc, key):
        q = ex.Normal(loc, 0.3)
        x = q.sample(key, (10,))
        return jnp.exp(ex.Normal(0.0, 1.0).log_prob(x) - q.log_prob(x)).mean()

    counts = []
    count = _measure.census
    monkeypatch.setattr(
        _measure,
        "census",
        lambda program, keys, *rest, **k: counts.append(len(keys)) or count(program, keys, *rest, **k),
    )
    for room in (2**22, 3000, 10):
        monkeypatch.setattr(_measure, "_MOST_WEIGHTS", room)
        explain(loss, num_samples=100)(0.1, key)
    assert counts == [800, 300, 100]


def test_entries_that_cancel_in_every_run_sum_to_zero(key):
    """Those of a gradient in logits do: all alike changes nothing."""
    loss = lambda logits, k: jnp.array([1.0, 3.0, -1.0])[ex.Categorical(logits=logits).sample(k)]  # noqa: E731
    (row,) = explain(loss)(jnp.array([0.1, 0.5, -0.3]), key).parameters
    assert (row.expected, row.standard_error) == (0, 0)
    assert row.draws_for_1_percent is not None


def test_one_line_is_told_once(key):
    def loss(loc, key):
        x = ex.Normal(loc, 1.0).sample(key)
        return jnp.floor(x) + 0.3 * jnp.mod(x, 1.0)

    def straight(loc, key):
        x = loc + ex.Normal(0.0, 1.0).sample(key)
        bit = x + lax.stop_gradient(jnp.sign(x) - x)
        return (bit - 0.2) ** 2

    (jump,) = [f for f in explain(loss)(0.3, key).findings if f.name == "discontinuous"]
    assert "floor" in jump.text
    found = [f for f in explain(straight)(0.3, key).findings if f.name == "straight-through"]
    assert [f.line.rpartition(":")[2] for f in found] == [str(straight.__code__.co_firstlineno + 2)]


@pytest.mark.timing
def test_a_thousand_sites_take_seconds_not_minutes(key):
    began = time.perf_counter()
    explain(_unrolled(1000))(0.3, key)
    assert time.perf_counter() - began < 20  # of which 5 on a machine with nothing else to do


def test_the_dict_is_plain_data(key):
    report = explain(own_log_prob)(PARAMS, key)
    assert json.loads(json.dumps(report.to_dict()))["sites"][0]["family"] == "Normal"
    assert json.loads(report.to_json())["num_samples"] == 1000


def test_json_has_no_words_that_json_has_not(key):
    """The standard error of one run is NaN, and so are the parts that were not taken; JSON says null."""

    def refuse(word):
        raise AssertionError(word)

    found = json.loads(explain(own_log_prob, num_samples=1)(PARAMS, key).to_json(), parse_constant=refuse)
    assert found["cost_standard_error"] is None
    found = json.loads(explain(_unrolled(101), num_samples=40)(0.3, key).to_json(), parse_constant=refuse)
    assert found["parameters"][0]["through_draw"] is None


def test_signal_to_noise_and_draws_needed(key):
    """Of x²: the gradient 2 (m + z) of a run has the mean 2 m and the variance 4."""
    (row,) = explain(lambda m, k: ex.Normal(m, 1.0).sample(k) ** 2, num_samples=20_000)(0.5, key).parameters
    assert row.variance == pytest.approx(4.0, rel=0.05)
    assert row.plain_variance == pytest.approx(4.0, rel=0.05)
    assert row.standard_error == pytest.approx(2.0 / 20_000**0.5, rel=0.03)
    assert row.expected == pytest.approx(1.0, abs=5 * row.standard_error)
    assert row.snr == pytest.approx(0.5, abs=5 * row.standard_error)
    assert row.draws_for_1_percent == pytest.approx(1e4 * 4.0, rel=0.15)  # standard error 2 / √n, 1 % of the gradient 1


def test_a_reports_numbers_cannot_be_set(key):
    report = explain(own_log_prob, num_samples=40)(PARAMS, key)
    for value, name in ((report, "cost"), (report.sites[0].rows[0], "total"), (report.findings[0], "serious")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, 0)


@pytest.mark.parametrize("report", [ex.explain, ex.check_gradient, ex.compare_estimators])
@pytest.mark.parametrize("transform", [jax.jit, jax.grad])
def test_reports_are_asked_for_outside_of_transformations(report, transform, key):
    with pytest.raises(
        ex.ArgumentError, match=rf"(?s){report.__name__}: expected arrays of numbers.*{HERE}.*call it outside"
    ):
        transform(report(lambda t, k: ex.Normal(t, 1.0).sample(k) ** 2))(0.5, key)


def test_it_changes_nothing(key):
    """Arguments, the key and what the program gives stay as they were."""
    params = {name: np.float32(value) for name, value in PARAMS.items()}
    with jax.debug_key_reuse(False):
        before = jax.value_and_grad(own_log_prob)(params, key), jax.random.key_data(key)
        ex.explain(own_log_prob, num_samples=40)(params, key)
        after = jax.value_and_grad(own_log_prob)(params, key), jax.random.key_data(key)
    jax.tree.map(np.testing.assert_array_equal, before, after)
    assert params == PARAMS_32


PROGRAM = """
import jax
import expectax as ex

def loss(loc, key):
    d = ex.Normal(loc, 1.0)
    return d.log_prob(d.sample(key))

arguments = (0.5, jax.random.key(0))
"""


def test_the_command_prints_and_writes_a_report(tmp_path, capsys):
    (tmp_path / "program.py").write_text(PROGRAM)
    status = cli.main(["explain", f"{tmp_path}/program.py:loss", "--samples", "100", "--out", f"{tmp_path}/out"])
    assert status == 1  # the cancellation is a serious finding
    printed = capsys.readouterr().out
    assert "exact cancellation" in printed
    assert printed == (tmp_path / "out" / "report.txt").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["num_samples"] == 100
    assert "exact cancellation" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_the_command_takes_arguments_from_elsewhere_and_a_key(tmp_path, capsys):
    (tmp_path / "program.py").write_text(PROGRAM.replace("d.log_prob(d.sample(key))", "d.sample(key) ** 2"))
    (tmp_path / "inputs.py").write_text("alone = (2.5,)")
    command = ["explain", f"{tmp_path}/program.py:loss", "--samples", "50", "--html", f"{tmp_path}/page.html"]
    elsewhere = ["--args", f"{tmp_path}/inputs.py:alone", "--key", "3", "--json"]
    assert cli.main(command + elsewhere) == 0
    with_key = json.loads(capsys.readouterr().out)
    expected = explain(lambda loc, key: ex.Normal(loc, 1.0).sample(key) ** 2, num_samples=50)(2.5, jax.random.key(3))
    assert with_key["cost"] == pytest.approx(expected.cost)
    assert (tmp_path / "page.html").is_file()
    assert cli.main([*command, "--key", "3", "--json"]) == 0  # in place of the key of `arguments`
    assert json.loads(capsys.readouterr().out)["cost"] != pytest.approx(with_key["cost"])


@pytest.mark.parametrize("target", ["nowhere.py:loss", "program.py", "program.py:lost"])
def test_the_command_says_what_is_wrong_with_its_target(tmp_path, capsys, monkeypatch, target):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "program.py").write_text(PROGRAM)
    assert cli.main(["explain", target]) == 2
    assert "FILE:FUNCTION" in capsys.readouterr().err
