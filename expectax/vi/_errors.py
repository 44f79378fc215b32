"""Messages of variational inference: what was expected, what came, the cure, the caller's line."""

from .._errors import ArgumentError, EstimatorError, UnsupportedProgramError, user_line

GRADIENTS = ("total", "sticking-the-landing", "doubly-reparameterised")


def unknown_gradient(gradient: object) -> EstimatorError:
    return EstimatorError(f"gradient: expected one of {GRADIENTS}, got {gradient!r}\n  at {user_line()}")


def undefined_gradient(gradient: str, objective: str, why: str, cure: str) -> EstimatorError:
    return EstimatorError(
        f"gradient={gradient!r} does not exist for {objective}: {why}\n  at {user_line()}\nCure: gradient={cure!r}."
    )


def bad_guide(guide: object) -> ArgumentError:
    return ArgumentError(
        f"guide(params, *data): expected a distribution or a pytree of distributions, got {guide!r}\n  at {user_line()}\n"
        f"Likely cause: params are free reals; `guide=ex.constrain` makes distributions of what `ex.unconstrain` gave."
    )


def bad_log_joint(shape: tuple) -> ArgumentError:
    return ArgumentError(
        f"log_joint(params, latents, *data): expected a scalar, got shape {shape}\n  at {user_line()}\n"
        f"Likely cause: a log_prob of several lanes; sum it."
    )


def no_guide_for(support: str, cure: str) -> UnsupportedProgramError:
    return UnsupportedProgramError(f"no normal guide covers {support}\n  at {user_line()}\nCure: {cure}")


def bad_optimiser(optimiser: object) -> ArgumentError:
    return ArgumentError(
        f"optimiser: expected a learning rate or an optax optimiser, got {optimiser!r}\n  at {user_line()}"
    )


def bad_step_counts(max_steps: int, check_every: int) -> ArgumentError:
    return ArgumentError(
        f"check_every: expected at most max_steps = {max_steps}, got {check_every}\n  at {user_line()}"
    )


def too_few_for_vimco(count: int) -> ArgumentError:
    return ArgumentError(
        f"num_samples: a baseline from the other draws takes at least 2, got {count}\n  at {user_line()}"
    )


def bad_likeness(part: object) -> ArgumentError:
    return ArgumentError(f"like: expected a pytree of distributions, got {part!r} in it\n  at {user_line()}")
