"""Why a program has no unbiased gradient, or cannot be followed."""

from ._types import EstimatorError, OrderError, UnsoundGradientError, UnsupportedProgramError, user_line


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
        f"Cure: for a product, use an ex.expect call with a key of its own for each factor; for another f(E[...]), "
        f"ex.debiased(f, fn, num_samples) in place of ex.expect and f."
    )


def jumping_function(line: str, what: str, where: str) -> UnsoundGradientError:
    return UnsoundGradientError(
        f"the function f of ex.debiased at {line} has to be continuous, and meets {what} at {where}: its levels do not cancel, and "
        f"its slope misses the jump\nCure: a smooth f; or ex.assume_continuous(f) if you know that it does not jump near E[fn]."
    )


def shared_key(site: str, estimator: str, why: str) -> UnsoundGradientError:
    return UnsoundGradientError(
        f"{estimator} at {site} needs a key of its own, but {why}, so the draws depend on each other and the "
        f"estimate would be biased\n"
        f"Cure: split the key (jax.random.split, one subkey a draw; inside vmap and scan, one a lane and a step)."
    )


def nothing_to_couple(estimator: str) -> EstimatorError:
    return EstimatorError(
        f'gradient="{estimator}" couples the draws along the first axis of the sample shape, and there is none\n'
        f'Cure: sample(key, (n,), gradient="{estimator}") and a mean over the axis.'
    )


def coupled_lanes(site: str, estimator: str) -> UnsoundGradientError:
    return UnsoundGradientError(
        f'gradient="{estimator}" at {site}: its draws along the first axis of the sample shape are not independent, and a term of '
        f"the cost looks at several of them, so that its expectation is another one\n"
        f"Cure: a cost that is a sum or a mean over that axis of terms that look at one draw each, or independent draws "
        f'(gradient="auto").'
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
