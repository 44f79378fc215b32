"""What is wrong with a parameter, a value, a shape or a key."""

from ._types import ParameterError, RandomKeyError, ShapeError, UnsupportedProgramError, user_line


def bad_parameter(family: str, name: str, value: object, constraint: str) -> ParameterError:
    return ParameterError(
        f"{family}.{name}: expected {constraint}, got {value}\n  at {user_line()}\n"
        f"Likely causes: a raw network output that was never mapped into the support (apply jax.nn.softplus, jnp.exp or "
        f"jax.nn.sigmoid), a variance given for a scale, or a NaN from an earlier step.\n"
        f"Under jit values are not seen here: parameters outside the support then give NaN."
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
