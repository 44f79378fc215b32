"""Every message the library raises.

Each says what was expected, what came, the likely causes and the cure, and names the user's line.
"""

import contextlib
import dataclasses
import os
import sys
from types import FrameType
from typing import Any

import jax

_INTERNAL = tuple(os.path.dirname(os.path.abspath(package)) + os.sep for package in (__file__, jax.__file__))


def is_internal(file: str) -> bool:
    """Whether a source file belongs to this library, to JAX, or to generated code."""
    return (
        file.startswith(_INTERNAL)
        or file in (contextlib.__file__, dataclasses.__file__)
        or file.startswith(("<frozen", "<string"))
    )


def user_line() -> str:
    """`file:line` of the innermost frame outside this library and JAX."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_internal(frame.f_code.co_filename):
        frame = frame.f_back
    return "unknown line" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


class ExpectaxError(Exception):
    """Base of every error this library raises on purpose."""


class ParameterError(ExpectaxError, ValueError):
    """A distribution's parameter breaks its constraint, or its shape does not fit the others."""


class ShapeError(ExpectaxError, ValueError):
    """A shape argument is not a tuple of non-negative sizes, or a value does not fit the distribution's shapes."""


class RandomKeyError(ExpectaxError, TypeError):
    """What was given as a random key is not one key."""


class EstimatorError(ExpectaxError, ValueError):
    """An estimator was named that does not exist, or that this site cannot use."""


class ArgumentError(ExpectaxError, TypeError):
    """An argument of one of the verbs (`ex.value_and_grad`, `ex.expect`, ...) has the wrong kind or value."""


class UndefinedMethodError(ExpectaxError, NotImplementedError):
    """A family does not have the method that was asked for."""


class NoPathwiseDerivativeError(ExpectaxError, TypeError):
    """Plain `jax.grad` met a draw that has no derivative along its path."""


class UnsoundGradientError(ExpectaxError, ValueError):
    """No estimator that was allowed gives an unbiased gradient of this expectation."""


class UnsupportedProgramError(ExpectaxError, NotImplementedError):
    """A sample site stands where it cannot be followed."""


class OrderError(ExpectaxError, TypeError):
    """A surrogate was differentiated more often than it is right for."""


def bad_parameter(family: str, name: str, value: object, constraint: str) -> ParameterError:
    return ParameterError(
        f"{family}.{name}: expected {constraint}, got {value}\n  at {user_line()}\n"
        f"Likely causes: a raw network output that was never mapped into the support (apply jax.nn.softplus, jnp.exp or "
        f"jax.nn.sigmoid), a variance given for a scale, or a NaN from an earlier step.\n"
        f"Under jit values are not seen here: parameters outside the support then give NaN."
    )


def bad_interval(family: str, low: object, high: object) -> ParameterError:
    return ParameterError(
        f"{family}: expected high > low, got low = {low} and high = {high}\n  at {user_line()}\n"
        f"Under jit values are not seen here: such an interval then gives NaN."
    )


def mismatched_events(family: str, described: str) -> ParameterError:
    return ParameterError(
        f"{family}: the parameters' event axes do not fit each other\n  {described}\n  at {user_line()}"
    )


def bad_event_ranks(base: str, event_ranks: object, batch_shape: tuple[int, ...]) -> ParameterError:
    return ParameterError(
        f"Independent.event_ranks: expected an integer from 0 to {len(batch_shape)}, the number of batch axes of {base} "
        f"with batch shape {batch_shape}, got {event_ranks!r}\n  at {user_line()}"
    )


def bad_mixing(family: str, expected: str) -> ParameterError:
    return ParameterError(f"{family}: expected {expected}\n  at {user_line()}")


def bad_parameter_type(family: str, name: str, value: object) -> ParameterError:
    return ParameterError(
        f"{family}.{name}: expected an array or a number, got {type(value).__name__}: {value!r:.80}\n  at {user_line()}"
    )


def bad_choice_of_parameters(family: str, choices: tuple[str, ...], given: tuple[str, ...]) -> ParameterError:
    return ParameterError(
        f"{family}: expected exactly one of {', '.join(choices)}, got {', '.join(given) or 'none'}\n  at {user_line()}\n"
        f"They are keyword-only: libraries disagree on which comes first, and a swap is silent."
    )


def incompatible_shapes(family: str, described: str) -> ParameterError:
    return ParameterError(
        f"{family}: the parameters' batch shapes do not broadcast together\n  {described}\n  at {user_line()}\n"
        f"Each parameter's shape is batch + event; batches broadcast by NumPy's rules. Insert axes of size 1 "
        f"(x[:, None]) for an outer combination."
    )


def missing_event_axes(family: str, name: str, shape: tuple[int, ...], rank: int) -> ParameterError:
    return ParameterError(
        f"{family}.{name}: expected at least {rank} axes for the event, got shape {shape}\n  at {user_line()}"
    )


def bad_sample_shape(shape: object) -> ShapeError:
    return ShapeError(
        f"shape: expected a tuple of non-negative integers, got {shape!r}\n  at {user_line()}\n"
        f"`sample(key, shape)` takes the shape of independent draws in front of the batch shape; shape=() is one draw."
    )


def too_many_elements(family: str, shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{family}.sample: the draws would have shape {shape}, more than 2**31 - 1 elements\n  at {user_line()}\n"
        f"Draw in chunks, or let ex.expect and ex.value_and_grad do it with batch_size=."
    )


def bad_value_shape(family: str, method: str, value_shape: tuple, event_shape: tuple, batch_shape: tuple) -> ShapeError:
    return ShapeError(
        f"{family}.{method}: a value of shape {value_shape} does not fit batch shape {batch_shape} and event shape "
        f"{event_shape}\n  at {user_line()}\n"
        f"Expected an array that ends in {event_shape} and whose other axes broadcast against {batch_shape}."
    )


def bad_bijector_value(label: str, method: str, shape: tuple, event_rank: int, batch_shape: tuple) -> ShapeError:
    return ShapeError(
        f"{label}.{method}: a value of shape {shape} does not fit: expected {event_rank} event axes last, and in front of them "
        f"axes that broadcast against the batch {batch_shape} of the parameters\n  at {user_line()}"
    )


def bad_bijector_event(label: str, shape: tuple, wanted: str) -> ShapeError:
    return ShapeError(f"{label}: an event of shape {shape} does not fit: expected {wanted}\n  at {user_line()}")


def no_bijector(support: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"of_support: no bijector maps the reals onto {support}\n  at {user_line()}\n"
        f"A discrete set and a union of sets have none; a set of your own needs one of its own."
    )


def bad_spline(label: str, found: tuple) -> ShapeError:
    return ShapeError(
        f"{label}: expected n bin_widths, n bin_heights and n - 1 knot_slopes, n >= 1, got {found}\n  at {user_line()}\n"
        f"The slopes at the two outer knots are 1 and are not given."
    )


def not_autoregressive(label: str, conditioner: object, size: int) -> ParameterError:
    return ParameterError(
        f"{label}: {conditioner} is not autoregressive: for an event of {size} entries it has to give {size} equal rows of "
        f"numbers, of which row i depends on the entries before i only, whatever the weights are\n  at {user_line()}\n"
        f"A masked network from `ex.flows.made` is. Masks belong into the function, not among the weights."
    )


def missing_extra(what: str, package: str, extra: str) -> ImportError:
    return ImportError(f"{what} needs {package}: pip install 'expectax[{extra}]'\n  at {user_line()}")


def no_image(label: str, support: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"{label}: the image of {support} is not known\n  at {user_line()}\n"
        f"Expected a distribution on the whole domain of the bijector, or for a monotone map of numbers an interval."
    )


def no_inverse(label: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"{label}: the map is not injective and has no inverse\n  at {user_line()}\n"
        f"Expected a use of `forward` alone; sum over `preimages`, as the distribution Folded does, for a density."
    )


def bad_key(key: object) -> RandomKeyError:
    shape = getattr(key, "shape", None)
    came = f"an array of shape {shape} and dtype {getattr(key, 'dtype', '?')}" if shape is not None else repr(key)[:60]
    return RandomKeyError(
        f"key: expected one random key (jax.random.key(0), or an old uint32 pair), got {came}\n  at {user_line()}\n"
        f"Likely causes: (a) the key is missing: it comes first, sample(key, shape); (b) a batch of keys: use jax.vmap, or "
        f"one key and shape=; (c) an integer seed: wrap it in jax.random.key."
    )


def unknown_estimator(gradient: object, known: tuple[str, ...]) -> EstimatorError:
    return EstimatorError(
        f"gradient: expected one of {', '.join(map(repr, known))} or an estimator of ex.estimators, got {gradient!r}\n"
        f"  at {user_line()}"
    )


def estimator_not_for_family(estimator: str, family: str, reason: str) -> EstimatorError:
    return EstimatorError(
        f"gradient={estimator!r} cannot serve {family}: {reason}\n  at {user_line()}\n"
        f'gradient="auto" picks one that can.'
    )


def useless_baseline(estimator: str) -> EstimatorError:
    return EstimatorError(
        f"baseline: gradient={estimator!r} does not weigh costs, so that there is nothing to subtract from\n  at {user_line()}\n"
        f'Cure: leave it out, or gradient="score".'
    )


def bad_baseline_shape(shape: tuple[int, ...], lanes: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"baseline: expected a shape that broadcasts to {lanes}, one number a draw, got {shape}\n  at {user_line()}"
    )


def stray_baseline(line: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"the baseline at {line} got separated from its draw by a transformation inside the loss\n"
        f"Cure: take jax.jvp, jax.linearize and the like around the loss, not inside."
    )


def shared_baseline(line: str, names: list[str]) -> UnsoundGradientError:
    return UnsoundGradientError(
        f"the learned baseline at {line} and the rest of the loss share {', '.join(names)}: its own gradient, of a squared "
        f"error, would be added to that of the loss\nCure: parameters of its own, and jax.lax.stop_gradient around what "
        f"else it is a function of."
    )


def learned_in_forward_mode(line: str, loop: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"the learned baseline at {line} needs reverse mode, which JAX does not have through the while_loop at {loop}\n"
        f"Cure: give the loop a bound and write it as lax.scan, or take a baseline that is not learned."
    )


def undefined_method(family: str, method: str) -> UndefinedMethodError:
    return UndefinedMethodError(f"{family}.{method} is not implemented\n  at {user_line()}")


def no_divergence(p: str, q: str) -> UndefinedMethodError:
    return UndefinedMethodError(
        f"kl({p}, {q}) has no formula\n  at {user_line()}\n"
        f"  For an unbiased estimate give kl(p, q, key=..., num_samples=...); register_kl adds a formula of your own."
    )


def mismatched_divergence(p: str, p_event: tuple, q: str, q_event: tuple) -> ShapeError:
    return ShapeError(
        f"kl compares distributions of the same events; {p} has event shape {p_event}, {q} has {q_event}\n"
        f"  at {user_line()}\n"
        f"  A batch of scalars is not a vector: Independent(d, 1) reads its last batch axis as an event axis."
    )


def half_a_monte_carlo() -> ArgumentError:
    return ArgumentError(
        f"a Monte Carlo estimate needs both key and num_samples; for a formula give neither\n  at {user_line()}"
    )


def no_pathwise_derivative(family: str, parameters: str, line: str, reason: str) -> NoPathwiseDerivativeError:
    return NoPathwiseDerivativeError(
        f"jax.grad met a draw from {family} (sampled at {line}) through its parameter {parameters}, and {reason}. "
        f"Any number returned here would be a silent 0.\n"
        f"  If you want the gradient of the expectation of your objective, write the objective as a function of "
        f"(parameters, key) and call\n"
        f"      ex.value_and_grad(objective, num_samples=256)(parameters, key)\n"
        f"  If you wrote the score-function (REINFORCE) term yourself, the draw is data: say so with\n"
        f'      draw = distribution.sample(key, gradient="stop")'
    )


def site_inside(primitive: str, site: str, line: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"the sample site {site} stands inside {primitive} at {line}, where its gradient cannot be followed\n"
        f'Cure: draw outside that function and pass the draw in, or say gradient="stop" if the draw is data.'
    )


def differentiated_inside(line: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"a sample site at {line} was differentiated inside the traced function (jax.grad, jvp, vjp or linearize, perhaps "
        f"under jax.checkpoint or scan), so what is left of it cannot be told from an ordinary draw\n"
        f"Cure: draw before the inner derivative and differentiate a function of the draw; or sample with "
        f'gradient="stop" if the inner derivative is not meant to pass the draw.'
    )


def unchecked_primitive(primitive: str, line: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"ex.checked cannot follow the parameters of a distribution inside {primitive}, at {line}. "
        f"Check the function that {primitive} calls, on one device's part of the data."
    )


def mutable_reference(primitive: str, line: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"{primitive} at {line} writes or reads a mutable array (jax.new_ref): which draws its content depends on is not "
        f"followed\nCure: return new arrays instead, or carry them through lax.scan."
    )


def unchecked_shard_map(line: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"a draw that needs the score function stands inside shard_map(check_vma=False) at {line}: which draws differ "
        f"between devices is not known there, so the gradient would be silently wrong\n"
        f"Cure: leave check_vma=True, or draw outside shard_map."
    )


def not_in_argnums(what: str) -> UnsoundGradientError:
    return UnsoundGradientError(
        f"{what} is differentiated, but argnums does not name it, so draws that depend on it were not followed and the "
        f"gradient would be silently wrong\n  at {user_line()}\n"
        f"Cure: pass it as an argument of the loss and name it in argnums=; or jax.lax.stop_gradient it before the call."
    )


def result_differentiated() -> OrderError:
    return OrderError(
        f"the result of ex.value_and_grad or ex.grad is differentiated; its derivative would be silently wrong\n"
        f"  at {user_line()}\n"
        f"Cure: for f(E[loss]), multiply the gradient by f'(value) yourself; for second derivatives, differentiate "
        f"ex.surrogate(loss, order=2)."
    )


def foreign_key(family: str, line: str) -> UnsoundGradientError:
    return UnsoundGradientError(
        f"the draw from {family} at {line} does not use the key argument: its key is a constant of the program, so all "
        f"samples would share one draw and the average would not be an expectation\n"
        f"Cure: derive its key from the key argument (jax.random.split or fold_in), or pass key_argnum= if the key is "
        f"not the last argument."
    )


def refused(site: str, why: str) -> UnsoundGradientError:
    return UnsoundGradientError(
        f"no unbiased gradient through {site}: {why}\n"
        f'Ways out: (a) gradient="score" at that site, if its support does not move with a differentiated parameter; '
        f"(b) if you know that what follows is continuous in the draw, wrap that part in ex.assume_continuous(fn); "
        f"(c) write the parameter into the distribution instead of into its support or into a comparison."
    )


def moving_boundary(what: str, line: str, names: list[str], bits: list[str], seen: bool) -> UnsoundGradientError:
    source = f"random bits drawn at {bits[0]}, outside this library's sites," if bits else "a continuous draw"
    certainty = "the cost jumps there" if seen else "no test could clear the suspicion that the cost jumps there"
    return UnsoundGradientError(
        f"{source} and the differentiated {', '.join(names)} meet in {what} at {line}; {certainty}, so the derivative of "
        f"one run misses part of the derivative of the mean, and no log-density knows of that parameter\n"
        f"Ways out: (a) draw through a distribution that has the parameter (ex.Bernoulli(probs=p).sample(key) instead of "
        f"jax.random.bernoulli(key, p); ex.Normal(loc - threshold, scale) compared with 0); "
        f"(b) if you know that the cost is continuous there, wrap that part in ex.assume_continuous(fn)."
    )


def nested_expectation(line: str, where: str) -> UnsoundGradientError:
    return UnsoundGradientError(
        f"the mean that ex.expect estimates at {line} is used nonlinearly at {where}: the expectation of f(mean of n "
        f"draws) is not f(expectation), and the gap would be silent\n"
        f"Cure: for a product, use independent ex.expect calls with different keys for each factor and multiply them "
        f"outside; for f(E[...]), differentiate E[...] with ex.value_and_grad and apply the chain rule of f yourself."
    )


def shared_key(site: str, estimator: str, why: str) -> UnsoundGradientError:
    return UnsoundGradientError(
        f"{estimator} at {site} needs a key of its own, but {why}, so the draws depend on each other and the "
        f"estimate would be biased\n"
        f"Cure: split the key (jax.random.split, one subkey a draw; inside vmap and scan, one a lane and a step)."
    )


def cannot_rerun(site: str, estimator: str, why: str) -> EstimatorError:
    return EstimatorError(f'gradient="{estimator}" at {site}: {why}\nCure: gradient="score", or a larger budget.')


def no_lanes_of_parameters(estimator: str, site: str) -> EstimatorError:
    return EstimatorError(
        f'gradient="{estimator}" at {site}: which lanes a parameter belongs to is not seen\nCure: gradient="score".'
    )


def no_weak_derivative(site: str, parameter: str) -> EstimatorError:
    return EstimatorError(
        f'gradient="measure-valued" at {site}: no weak derivative is known in {parameter}\nCure: gradient="score" or "pathwise".'
    )


def bad_setting(estimator: str, setting: str, expected: str, came: object) -> EstimatorError:
    return EstimatorError(f"{estimator}: {setting} must be {expected}, got {came!r}")


def order_of_estimator(site: str, estimator: str, limit: int, order: int) -> OrderError:
    return OrderError(
        f'gradient="{estimator}" at {site} is unbiased for derivatives of order {limit}, and order {order} is asked for\n'
        f'Cure: gradient="score" or "enumerate" there.'
    )


def bad_argnum(name: str, value: object, count: int) -> ArgumentError:
    return ArgumentError(
        f"{name}: expected a position of one of the {count} arguments of the loss, got {value!r}\n  at {user_line()}"
    )


def key_is_differentiated(position: int) -> ArgumentError:
    return ArgumentError(
        f"argument {position} is both in argnums and key_argnum\n  at {user_line()}\n"
        f"The key is the last argument unless key_argnum= says otherwise."
    )


def bad_key_argument(key: object, position: int) -> RandomKeyError:
    return RandomKeyError(
        f"argument {position} of the loss: expected one random key (jax.random.key(0), or an old uint32 pair), got "
        f"{key!r:.80}\n  at {user_line()}\n"
        f"The key is the last argument unless key_argnum= says otherwise; pass one key, the samples are split from it."
    )


def bad_cost(cost: Any, has_aux: bool) -> ArgumentError:
    came = f"shape {cost.shape} and dtype {cost.dtype}" if hasattr(cost, "dtype") else f"a {type(cost).__name__}"
    hint = "" if has_aux else " If it returns (cost, aux), pass has_aux=True."
    return ArgumentError(
        f"the loss must return a scalar float, got {came}\n  at {user_line()}\n"
        f"Cure: take the mean or the sum inside the loss.{hint}"
    )


def bad_aux(came: str) -> ArgumentError:
    return ArgumentError(f"has_aux=True: expected the loss to return (cost, aux), got {came}\n  at {user_line()}")


def unreachable_site(name: object, known: list[str]) -> EstimatorError:
    return EstimatorError(
        f"plan names the site {name!r}, but no site of that name is reached; named sites: {known or 'none'}\n"
        f"  at {user_line()}\nName a site where it is drawn: distribution.sample(key, name={name!r})."
    )


def order_exceeded(order: int) -> OrderError:
    return OrderError(
        f"the surrogate was made with order={order} and is differentiated more often; further derivatives could be "
        f"biased\nCure: ex.surrogate(loss, order={order + 1})."
    )


def bad_order(order: object) -> ArgumentError:
    return ArgumentError(f"order: expected an integer >= 1, got {order!r}\n  at {user_line()}")


def reverse_through_while(line: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"the derivative passes the while_loop at {line}, and JAX has no reverse mode through a loop of unknown length\n"
        f"Cure: ex.value_and_grad or ex.grad answer this program in forward mode (one pass a parameter); or give the "
        f"loop a bound and write it as lax.scan."
    )


def bad_count(name: str, value: object) -> ArgumentError:
    return ArgumentError(f"{name}: expected an integer >= 1, got {value!r}\n  at {user_line()}")


def not_float(name: str, dtype: object) -> ArgumentError:
    return ArgumentError(
        f"{name} is differentiated but has dtype {dtype}; only floats have a gradient\n  at {user_line()}\n"
        f"Cure: pass it in another argument, or choose argnums= without it."
    )


def too_many_forward_passes(count: int, limit: int, line: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"the derivative passes the while_loop at {line}, so it runs in forward mode, one pass for each of {count} "
        f"parameters; the limit is {limit}\nCure: give the loop a bound and write it as lax.scan, for reverse mode."
    )


def nothing_to_differentiate() -> ArgumentError:
    return ArgumentError(
        f"none of the arguments in argnums holds a float array\n  at {user_line()}\n"
        f"argnums counts the loss's arguments from 0, as in jax.grad."
    )


def bad_target(target: str, why: str) -> ArgumentError:
    return ArgumentError(
        f"expected FILE:FUNCTION, got {target!r}: {why}\n"
        f"The file defines the function and a tuple `arguments` to call it with (or name another with --args)."
    )
