"""Prints the errors of this library beside those of its peers; `make accuracy`.

Peers were measured once on twice as many points (tests/reference/accuracy_peers.json).
"""

import json
import os
import pathlib
import sys

os.environ["JAX_PLATFORMS"] = "cpu"
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests"))

import accuracy
import jax
import numpy as np

PEERS = ("tfp", "numpyro", "distrax", "scipy")
DTYPES = {"float32": np.float32, "float64": np.float64}


def main():
    peers = json.loads((accuracy.REFERENCE / "accuracy_peers.json").read_text())
    wanted = sys.argv[1:]
    print("Errors in units of roundoff: worst over the reference points; NaN or wrong inf: +n! values, (n!) gradients.")
    print("log_prob: nulp. Others: conditioned ulp (raw ulp in brackets, comparable to the peers').\n")
    columns = "".join(f"{p:>20}" for p in PEERS)
    print(f"{'':36}{'float32':>10}{'float64':>10}{'raw':>22}{'goal':>12}{'gradients':>22}{columns}")
    misses = 0
    for item in accuracy.ITEMS:
        if wanted and not any(w in item for w in wanted):
            continue
        misses += _print_item(item, peers)
    print(f"\n{misses} misses; gradients' goal: {accuracy.GRADIENT_GOALS}")


def _print_item(item, peers) -> int:
    cells, raw, gradients, goals, missed = [], [], [], [], False
    for dtype in DTYPES.values():
        goals.append(accuracy.goal(item, dtype))
        try:
            with jax.enable_x64(True):
                values, by = accuracy.measure(item, dtype)
        except AttributeError as error:
            print(f"{item:36}{error}")
            return 1
        bad = values.nans + values.wrong_infinities
        bad_gradients = sum(e.nans + e.wrong_infinities for e in by.values())
        worst = max((e.worst for e in by.values()), default=0.0)
        cells.append(_cell(values.worst, bad))
        raw.append(f"{values.raw:.3g}")
        gradients.append(_cell(worst, bad_gradients) if by else "")
        miss = bad or bad_gradients or values.worst > goals[-1] or worst > accuracy.gradient_goal(dtype)
        if miss:
            at = [f"value {values.at}"] if bad or values.worst > goals[-1] else []
            limit = accuracy.gradient_goal(dtype)
            at += [f"d/d{a} {e.at}" for a, e in by.items() if e.nans or e.wrong_infinities or e.worst > limit]
            missed = True
            gradients[-1] += "  MISS " + np.dtype(dtype).name
            details = "\n".join(f"      {t[:230]}" for t in at)
            gradients[-1] = (gradients[-1], details)
    notes = [g[1] for g in gradients if isinstance(g, tuple)]
    gradients = [g[0] if isinstance(g, tuple) else g for g in gradients]
    goal = "/".join(map(str, goals))
    line = (
        f"{item:36}{cells[0]:>10}{cells[1]:>10}{'(' + ' / '.join(raw) + ')':>22}{goal:>12}{' / '.join(gradients):>22}"
    )
    print(line + "".join(f"{_peer(peers[p], item):>20}" for p in PEERS))
    for note in notes:
        print(note)
    return int(missed)


def _cell(worst, bad) -> str:
    return f"{worst:.2g}" + (f"+{bad}!" if bad else "")


def _peer(results, item) -> str:
    def one(dtype):
        found = results.get(dtype, {}).get(item)
        return (
            "-"
            if found is None
            else _cell(found["worst"], found["bad"]) + f"({found['bad_gradients']}!)" * (found["bad_gradients"] > 0)
        )

    return f"{one('float32')} {one('float64')}"


if __name__ == "__main__":
    main()
