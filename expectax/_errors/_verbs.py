"""What is wrong with the arguments and the loss that a verb of this library is given."""

from typing import Any

from ._types import ArgumentError, EstimatorError, OrderError, RandomKeyError, UnsupportedProgramError, user_line


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


def bad_draws(dtypes: list[str]) -> ArgumentError:
    return ArgumentError(
        f"ex.debiased: expected fn to return floats, whose mean is taken, got {', '.join(dtypes)}\n  at {user_line()}\n"
        f"Cure: convert them, as in .astype(float)."
    )


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


def no_key_in_arguments(target: str, count: int) -> ArgumentError:
    return ArgumentError(
        f"{target}: the last of the {count} arguments has to be a random key\n"
        f"Cure: end the tuple with jax.random.key(0), or pass --key 0."
    )


def too_few_to_control(count: int, least: int) -> ArgumentError:
    return ArgumentError(
        f"control_variates: expected at least {least} runs in a batch, got {count}: half of them fit the coefficients of the other "
        f"half\nCure: a larger num_samples (and batch_size), or control_variates=False."
    )


def control_in_forward_mode(loop: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(
        f"control_variates: the while_loop at {loop} has no bound, so that the gradient runs in forward mode, which has no scores of "
        f"single runs\nCure: lax.fori_loop or lax.scan with a bound, or control_variates=False."
    )
