"""What is wrong with what a site or a distribution is asked for."""

from ._types import (
    ArgumentError,
    EstimatorError,
    NoPathwiseDerivativeError,
    ShapeError,
    UndefinedMethodError,
    UnsoundGradientError,
    UnsupportedProgramError,
    user_line,
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


def bad_control(shape: tuple[int, ...], dtype: object) -> EstimatorError:
    return EstimatorError(
        f"Relax: expected a control that returns one float for the draws of a site, got shape {shape} of {dtype}\n  at {user_line()}\n"
        f"Cure: sum over the lanes, or draw under jax.vmap for a control a lane."
    )


def jumping_control(line: str, what: str, where: str) -> UnsoundGradientError:
    return UnsoundGradientError(
        f"the control of the draw at {line} has to be continuous in the relaxed draw, and meets {what} at {where}: its mean would "
        f"not be added back whole\nCure: a smooth function instead, or ex.assume_continuous(fn) around what you know to be continuous."
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
