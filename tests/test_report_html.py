"""The HTML report: complete without a network, and usable in a browser."""

import dataclasses
import html.parser
import re
import shutil
import subprocess

import jax
import jax.numpy as jnp
import pytest

import expectax as ex
from expectax.explain._html_graph import findings_of
from expectax.explain._layout import Node, layout
from expectax.explain._report import Finding

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def loss(params, key):
    first, second = jax.random.split(key)
    x = ex.Normal(params["loc"], 1.0).sample(first)
    k = ex.Poisson(params["rate"]).sample(second)
    return jnp.where(x > 0, x, 0.1 * x) * k + params["bias"] ** 2


@pytest.fixture(scope="module")
def report():
    with jax.debug_key_reuse(False):
        return ex.explain(loss)({"loc": 0.3, "rate": 2.0, "bias": 0.5}, jax.random.key(0))


@pytest.fixture
def page(report, tmp_path):
    report.to_html(tmp_path / "report.html")
    return (tmp_path / "report.html").read_text(encoding="utf-8")


class Tags(html.parser.HTMLParser):
    """Checks that tags close in order, and collects attributes."""

    VOID = ("meta", "rect", "path", "br")

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_loads_nothing(page):
    tags = Tags(page)
    assert tags.open == []
    assert not re.search(r"https?://|@import|url\((?!#)", page)
    assert not any({"src", "href"} & set(attributes) for _, attributes in tags.seen)


def test_the_graph_has_every_site_and_its_arrows(report, page):
    nodes = {a["data-node"] for _, a in Tags(page).seen if "data-node" in a}
    assert nodes == {"params['loc']", "params['rate']", "params['bias']", "site 1", "site 2", "cost"}
    kinds = {(e.source, e.target): e.kind for e in report.edges}
    assert kinds == {
        ("params['loc']", "site 1"): "path",
        ("params['rate']", "site 2"): "path",
        ("site 1", "cost"): "path",
        ("site 2", "cost"): "weight",
        ("params['bias']", "cost"): "path",
    }


def test_what_a_user_named_is_escaped():
    def named(p, key):
        return ex.Normal(p["<b>"], 1.0).sample(key, name="<script>")

    text = ex.explain(named, num_samples=40)({"<b>": 0.3}, jax.random.key(0))._page()
    assert "<b>'" not in text
    assert text.count("<script>") == 1


def test_a_notebook_shows_the_page_in_a_frame(report):
    shown = report._repr_html_()
    assert shown.startswith("<iframe")
    assert "<svg" not in shown  # escaped


def in_browser(tmp_path, page, script, *options):
    """The page's DOM after a script has run in it."""
    file = tmp_path / "driven.html"
    file.write_text(page.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", *options]
    command += [f"--user-data-dir={tmp_path}/profile", "--dump-dom", file.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


browser = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")


@browser
def test_a_click_on_a_site_shows_its_verdict(page, tmp_path):
    script = """document.querySelector('[data-node="site 2"]').dispatchEvent(new MouseEvent('click'));
    document.title = document.querySelector('#details article:not([hidden])').innerText;"""
    title = re.search(r"<title>(.*?)</title>", in_browser(tmp_path, page, script), re.DOTALL)[1]
    assert "Poisson" in title
    assert "estimator: measure-valued" in title or "estimator: score" in title
    assert "k = ex.Poisson" in title


@browser
def test_the_keyboard_reaches_and_opens_a_node(page, tmp_path):
    script = """document.querySelector('[data-node="site 1"]').focus();
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
    document.title = document.activeElement.dataset.node + '|' + document.querySelector('.chosen').dataset.node;"""
    assert "<title>site 2|site 2</title>" in in_browser(tmp_path, page, script)


@browser
def test_a_chosen_node_leaves_only_its_arrows_in_full_colour(page, tmp_path):
    script = """document.querySelector('[data-node="site 1"]').dispatchEvent(new MouseEvent('click'));
    document.title = Array.from(document.querySelectorAll('.edge:not(.aside)')).map(e => e.dataset.from + '>' + e.dataset.to)
      .join() + '|' + document.querySelectorAll('[aria-pressed=true]').length;"""
    assert "<title>params['loc']&gt;site 1,site 1&gt;cost|1</title>" in in_browser(tmp_path, page, script)


def long_named(params, key):
    x = ex.Normal(params["the_location_of_the_variational_posterior_of_layer_seventeen"]["kernel"], 1.0)
    draw = x.sample(key, name="a moment of WONDERMENT that somebody named in a hurry")
    return draw.sum() * params["concentration_of_the_precision_prior"]


@pytest.fixture(scope="module")
def long_page():
    with jax.debug_key_reuse(False):
        kernel = {"the_location_of_the_variational_posterior_of_layer_seventeen": {"kernel": jnp.ones(3)}}
        params = {**kernel, "concentration_of_the_precision_prior": 2.0}
        return ex.explain(long_named, num_samples=40)(params, jax.random.key(0))._page()


def test_a_number_says_of_how_many_entries_it_is_a_sum(long_page):
    assert "[&#x27;kernel&#x27;] (sum of 3)" in long_page


@browser
def test_labels_stay_in_their_boxes(long_page, tmp_path):
    script = """document.title = Array.from(document.querySelectorAll('.node')).every(node => {
      const right = node.querySelector('rect').getBoundingClientRect().right;
      return Array.from(node.querySelectorAll('text')).every(t => t.getBoundingClientRect().right < right);
    }) ? 'inside' : 'outside';"""
    assert "<title>inside</title>" in in_browser(tmp_path, long_page, script)


def test_a_parameter_may_be_called_cost(key):
    report = ex.explain(lambda cost, key: ex.Normal(cost, 1.0).sample(key) ** 2, num_samples=40)(0.3, key)
    assert {(e.source, e.target) for e in report.edges} == {("cost (parameter)", "site 1"), ("site 1", "cost")}
    nodes = [a["data-node"] for _, a in Tags(report._page()).seen if "data-node" in a]
    assert nodes == ["cost (parameter)", "site 1", "cost"]


def test_arrows_that_pass_under_boxes_have_a_lane_each(key):
    def chain(params, key):
        first, second = jax.random.split(key)
        x = ex.Normal(params["a"], 1.0).sample(first)
        return ex.Normal(x, 1.0).sample(second) * params["b"] * x

    drawn = layout(ex.explain(chain, num_samples=40)({"a": 0.3, "b": 1.0}, key))
    assert set(drawn.lanes) == {"site 1", "params['b']"}
    assert len(set(drawn.lanes.values())) == 2
    assert max(drawn.lanes.values()) < drawn.height


def test_a_finding_at_line_12_is_not_one_at_line_1(report):
    finding = Finding("dropped", "Poisson at a.py:12", "")
    node = Node("site 1", "Poisson at a.py:1", 0, 0)
    held = dataclasses.replace(report, findings=(finding,))
    assert findings_of(held, node) == []
    assert findings_of(held, node._replace(label="Poisson at a.py:12")) == [finding]
    assert findings_of(held, Node("a", "a", 0, 0)) == []  # a parameter whose name is in the text


@browser
@pytest.mark.parametrize("which", ["page", "long_page"])
def test_nothing_is_wider_than_a_phone(which, request, tmp_path):
    page = request.getfixturevalue(which)
    frame = f'<iframe id="phone" style="width:390px;height:800px;border:0" srcdoc="{html.escape(page)}"></iframe>'
    outer = f"<!DOCTYPE html><html><head><title></title></head><body>{frame}</body></html>"
    script = """document.getElementById('phone').onload = function () {
      const inner = this.contentDocument.documentElement;
      document.title = inner.scrollWidth <= 390 ? 'fits' : 'too wide: ' + inner.scrollWidth; };"""
    assert "<title>fits</title>" in in_browser(tmp_path, outer, script)
