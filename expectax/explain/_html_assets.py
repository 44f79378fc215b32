"""Style and script of the HTML report."""

STYLE = """
:root{color-scheme:light dark}
:root{--ink:#1b1f24;--paper:#fff;--soft:#f3f4f6;--line:#c9ced6;--path:#15803d;--weight:#1d4ed8;--data:#8a929e;--lost:#c81e1e;
--bad:#b91c1c;--mild:#a16207;--plus:#2563eb;--minus:#c2410c}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--paper:#14171c;--soft:#1e232b;--line:#3d4550;--path:#4ade80;
--weight:#7aa2ff;--data:#8a929e;--lost:#ff7b72;--bad:#ff7b72;--mild:#e3b341;--plus:#7aa2ff;--minus:#ff9b6a}}
*{box-sizing:border-box}
body{margin:0;overflow-wrap:anywhere;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
main{max-width:64rem;margin:auto;padding:1rem}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;margin:1.4rem 0 .4rem}h3{font-size:1rem;margin:.7rem 0 .2rem}
p{margin:.25rem 0}
.verdict{font-weight:600}.verdict.bad{color:var(--bad)}.verdict.good{color:var(--path)}
.scroll{overflow-x:auto}
svg{display:block;max-width:none}
.node{cursor:pointer}.node rect{fill:var(--soft);stroke:var(--line);stroke-width:1.5}
.node.site rect{stroke:var(--weight)}.node.bad rect{stroke:var(--bad);stroke-width:2.5}
.node text{fill:var(--ink);font:600 14px system-ui,sans-serif}.node .small{font:12px ui-monospace,monospace}
.node:focus{outline:none}.node:focus rect,.node.chosen rect{stroke-width:4}
.edge{fill:none;stroke-width:2.2}.edge.aside{opacity:.18}
.edge.path{stroke:var(--path)}.edge.weight{stroke:var(--weight);stroke-dasharray:7 4}
.edge.data{stroke:var(--data);stroke-dasharray:2 4}.edge.lost{stroke:var(--lost);stroke-width:3}
.head.path{fill:var(--path)}.head.weight{fill:var(--weight)}.head.data{fill:var(--data)}.head.lost{fill:var(--lost)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;padding:0;margin:.2rem 0 .6rem}
.key{display:inline-block;width:1.6rem;height:0;border-top:3px solid;margin-right:.4rem;vertical-align:middle}
.key.path{border-color:var(--path)}.key.weight{border-color:var(--weight);border-top-style:dashed}
.key.data{border-color:var(--data);border-top-style:dotted}.key.lost{border-color:var(--lost)}
p.lost{color:var(--lost)}
#details{background:var(--soft);border-radius:8px;padding:.2rem .9rem .8rem}
pre{background:var(--paper);border:1px solid var(--line);border-radius:6px;padding:.4rem;overflow-x:auto;
font:13px/1.4 ui-monospace,monospace;margin:.3rem 0}
pre .here{font-weight:700;background:color-mix(in srgb,var(--mild) 22%,transparent)}
.small{font-size:.85rem;opacity:.85}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{overflow-wrap:normal;padding:.2rem .6rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left}
.bar{display:grid;grid-template-columns:8.5rem 1fr 6rem;gap:.6rem;align-items:center;font-size:.9rem}
.track{position:relative;height:.8rem;background:var(--soft);border-radius:3px}
.track i{position:absolute;top:0;bottom:0;border-radius:3px}.plus{background:var(--plus)}.minus{background:var(--minus)}
.value{text-align:right;font-variant-numeric:tabular-nums}
.finding{border-left:4px solid var(--mild);padding:.1rem .8rem;margin:.7rem 0}
.finding.bad{border-color:var(--bad)}
@media (max-width:36rem){main{padding:.6rem}.bar{grid-template-columns:6rem 1fr 4.5rem;font-size:.8rem}}
"""

SCRIPT = """
(function () {
  const nodes = Array.from(document.querySelectorAll(".node"));
  function choose(node) {
    const name = node.dataset.node;
    document.querySelector("#details .hint").hidden = true;
    document.querySelectorAll("#details article").forEach(a => { a.hidden = a.id !== "node-" + name; });
    nodes.forEach(n => { n.classList.toggle("chosen", n === node); n.setAttribute("aria-pressed", n === node); });
    document.querySelectorAll(".edge").forEach(edge => {
      edge.classList.toggle("aside", edge.dataset.from !== name && edge.dataset.to !== name);
    });
  }
  nodes.forEach((node, at) => {
    node.addEventListener("click", () => choose(node));
    node.addEventListener("keydown", event => {
      const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
      if (event.key === "Enter" || event.key === " ") { choose(node); event.preventDefault(); }
      if (step) { nodes[(at + step + nodes.length) % nodes.length].focus(); event.preventDefault(); }
    });
  });
})();
"""
