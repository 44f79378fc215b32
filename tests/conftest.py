"""What holds in every test: CPU with two devices, strict types and ranks, no key used twice, one key a test."""

import collections
import hashlib
import itertools
import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import mpmath
import numpy as np
import pytest

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_debug_key_reuse", True)

_FLAGS = "--xla_force_host_platform_device_count=2"
_HASTY = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
if jax.__version_info__ < (0, 11):
    _HASTY += " --xla_cpu_use_fusion_emitters=false"  # XLA does not know it any more


def pytest_configure(config):
    """Quick tests and contracts mostly wait for XLA and do without optimisation; all others compile as a user does."""
    hasty = "not slow" in config.option.markexpr or config.option.markexpr == "contract"
    flags = f"{_FLAGS} {_HASTY}" if hasty else _FLAGS
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}"


def _key_data(nodeid: str) -> tuple[int, int]:
    digest = hashlib.blake2b(nodeid.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:], "big")


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="do not thin out tests marked thin(n)")
    parser.addoption("--every", type=int, default=1, metavar="N", help="run every N-th of the tests that are chosen")
    parser.addoption("--first", type=int, default=0, metavar="K", help="where --every starts")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """No two tests share a key; of the cases of a test marked thin(n) every n-th is run, all with --all."""
    _check_keys(items)
    if not config.getoption("--all"):
        _keep(config, items, _not_thinned(items))
    whole = [item for item in items if item.get_closest_marker("whole")]
    others = [item for item in items if not item.get_closest_marker("whole")]
    _keep(config, items, whole + others[config.getoption("--first") :: config.getoption("--every")])


def _not_thinned(items):
    numbers, kept = collections.Counter(), []
    for item in items:
        mark = item.get_closest_marker("thin")
        test = item.nodeid.partition("[")[0]
        if mark is None or numbers[test] % mark.args[0] == 0:
            kept.append(item)
        numbers[test] += 1
    return kept


def _keep(config, items, kept):
    chosen = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = kept


def _check_keys(items):
    seen = {}
    for item in items:
        other = seen.setdefault(_key_data(item.nodeid), item.nodeid)
        if other != item.nodeid:
            raise pytest.UsageError(f"{item.nodeid} and {other} would share a random key: rename one")


_finished = itertools.count(1)


@pytest.fixture(autouse=True)
def _digits():
    """mpmath's precision is one for the process: set by modules, it would be that of the last one imported."""
    with mpmath.workdps(60):
        yield


@pytest.fixture(autouse=True)
def _memory():
    """Compiled programs are kept by JAX for good: a few thousand tests would fill a small machine's memory."""
    yield
    if next(_finished) % 400 == 0:
        jax.clear_caches()


@pytest.fixture
def key(request):
    """A random key of the test's own: fixed by the test's name."""
    return jax.random.wrap_key_data(np.array(_key_data(request.node.nodeid), np.uint32), impl="threefry2x32")


@pytest.fixture
def x64():
    """Double precision for this test."""
    with jax.enable_x64(True):
        yield
