"""Maps of numbers, in TFP's arguments."""

from typing import Any

import jax.numpy as jnp

from .... import bijectors as ex
from .... import supports
from ....numerics import tail_end
from .._arguments import Static, Vector
from ._ours import Ours, Unnamed, bijection, default


class TwoToOne(Ours):
    """What AbsoluteValue adds: two inverses of each value."""

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        return self.expectax_bijector.preimages(y)

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        zero = jnp.zeros_like(y)
        return zero, zero


@bijection(TwoToOne)
def AbsoluteValue(validate_args=False, name="absolute_value"):
    """y = |x|: its inverse is the pair (-y, y)."""
    return ex.Abs()


@bijection()
def Exp(validate_args=False, name="exp"):
    """y = exp(x), onto the positive numbers."""
    return ex.Exp()


@bijection()
def Expm1(validate_args=False, name="expm1"):
    """y = exp(x) - 1, onto the numbers above -1."""
    return ex.Expm1()


@bijection()
def GeneralizedPareto(loc, scale, concentration, validate_args=False, name="generalized_pareto"):
    """The reals onto the support of a generalised Pareto law; not its distribution function."""
    end = tail_end(loc, scale, concentration, upper=True)
    return ex.of_support(supports.Interval(loc, end, closed=False))


@bijection()
def Identity(validate_args=False, name="identity"):
    """y = x."""
    return ex.Identity()


@bijection()
def LambertWTail(shift, scale, tailweight, validate_args=False, name="lambertw_tail"):
    """Gives a law heavy tails, and takes them away."""
    return ex.LambertWTail(shift, scale, tailweight)


@bijection()
def Log(validate_args=False, name="log"):
    """y = log x, of the positive numbers."""
    return ex.Log()


@bijection()
def Log1p(validate_args=False, name="log1p"):
    """y = log(1 + x), of the numbers above -1."""
    return ex.Log1p()


class OddPowers(Ours):
    """What Power adds: odd powers are maps of all reals."""

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        x = super()._inverse(jnp.abs(y))
        y, odd = (jnp.broadcast_to(v, x.shape) for v in (y, self._arguments["power"] % 2 == 1))
        return jnp.where((y < 0) & ~odd, jnp.nan, jnp.where(y < 0, -x, x))

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        return super()._forward_log_det_jacobian(jnp.abs(x))

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        return super()._inverse_log_det_jacobian(jnp.abs(y))


@bijection(OddPowers)
def Power(power, validate_args=False, name="power"):
    """y = x to the power, of the positive numbers; of all reals if the power is odd."""
    return ex.Power(power)


@bijection()
def PowerTransform(power=0.0, validate_args=False, parameters: Static = None, name="power_transform"):
    """y = (1 + x power) to 1/power, and exp(x) at power 0."""
    return ex.PowerTransform(power)


@bijection(Unnamed)
def RationalQuadraticSpline(
    bin_widths: Vector, bin_heights: Vector, knot_slopes: Vector, range_min=-1, validate_args=False, name=None
):
    """A monotone spline of rational quadratic functions on an interval, y = x outside."""
    return ex.RationalQuadraticSpline(bin_widths, bin_heights, knot_slopes, range_min)


@bijection()
def Reciprocal(validate_args=False, name="reciprocal"):
    """y = 1/x."""
    return ex.Reciprocal()


@bijection()
def Sigmoid(low=None, high=None, validate_args=False, name="sigmoid"):
    """y = low + (high - low) / (1 + exp(-x)), onto the interval between `low` and `high`: 0 and 1."""
    if (low is None) != (high is None):
        raise ValueError("Must specify either both or neither of `low` and `high`.")
    return ex.Sigmoid(default(low, 0.0), default(high, 1.0))


@bijection()
def Sinh(validate_args=False, name="sinh"):
    """y = sinh x."""
    return ex.Sinh()


@bijection()
def SinhArcsinh(skewness=None, tailweight=None, validate_args=False, name="sinh_arcsinh"):
    """Sets skewness and the weight of the tails."""
    return ex.SinhArcsinh(default(skewness, 0.0), default(tailweight, 1.0))


@bijection()
def SoftClip(low=None, high=None, hinge_softness=None, validate_args=False, name="soft_clip"):
    """The reals onto the interval between `low` and `high`, nearly as they are inside."""
    return ex.SoftClip(low, high, default(hinge_softness, 1.0))


@bijection()
def Softfloor(temperature, validate_args=False, name="softfloor"):
    """A smooth staircase."""
    return ex.Softfloor(temperature)


@bijection()
def Softplus(hinge_softness=None, low=None, validate_args=False, name="softplus"):
    """y = low + c log(1 + exp(x/c)), onto the numbers above `low`."""
    return ex.Softplus(default(hinge_softness, 1.0), default(low, 0.0))


@bijection()
def Softsign(validate_args=False, name="softsign"):
    """y = x / (1 + |x|), onto the numbers between -1 and 1."""
    return ex.Softsign()


@bijection()
def Square(validate_args=False, name="square"):
    """y = x², of the numbers from 0 on."""
    return ex.Square()


@bijection()
def Tanh(validate_args=False, name="tanh"):
    """y = tanh x."""
    return ex.Tanh()
