"""Cases of the property tests: distributions made of one other distribution."""

from case import Case, array
from scipy import stats

import expectax as ex
from expectax import bijectors

CASES: list[Case] = [
    Case("BatchBroadcast", lambda: ex.BatchBroadcast(ex.Normal(1.0, 2.0), ()), stats.norm(1, 2)),
    Case("Blockwise", lambda: ex.Blockwise([ex.Normal(1.0, 2.0), ex.Dirichlet(array(2.5, 1.0, 4.0))])),
    Case("BlockwiseChoices", lambda: ex.Blockwise([ex.Bernoulli(probs=0.25), ex.Categorical(probs=array(0.25, 0.75))])),
    Case("Folded", lambda: ex.Folded(ex.Normal(1.0, 2.0))),
    Case("FoldedIntegers", lambda: ex.Folded(ex.DiscreteUniform(-3, 5))),
    Case("Hurdle", lambda: ex.Hurdle(ex.Geometric(probs=0.25), gate=0.25)),
    Case("HurdleContinuous", lambda: ex.Hurdle(ex.Weibull(2.5, 1.0), gate_logits=-1.0)),
    Case("IntervalCensored", lambda: ex.IntervalCensored(ex.Normal(0.5, 1.0), -0.5, 1.25)),
    Case("IntervalCensoredCounts", lambda: ex.IntervalCensored(ex.Geometric(probs=0.25), 1.0, 4.0)),
    Case("LeftCensored", lambda: ex.LeftCensored(ex.Gumbel(0.5, 1.0), 0.25)),
    Case("Masked", lambda: ex.Masked(ex.Laplace(0.5, 2.0), 1.0)),
    Case("Quantized", lambda: ex.Quantized(ex.Logistic(0.5, 2.0), -4.0, 7.0)),
    Case("RightCensored", lambda: ex.RightCensored(ex.Exponential(2.5), 0.5)),
    Case("Rounded", lambda: ex.Rounded(ex.Normal(0.5, 2.0))),
    Case("Sample", lambda: ex.Sample(ex.Weibull(2.5, 1.0), (3,))),
    Case("SampleBernoulli", lambda: ex.Sample(ex.Bernoulli(probs=0.25), (2, 2))),
    Case("TransformedExp", lambda: ex.Transformed(ex.Normal(0.25, 0.5), bijectors.Exp())),
    Case("TransformedFalling", lambda: ex.Transformed(ex.Exponential(2.5), bijectors.Scale(-2.0))),
    Case(
        "TransformedVector",
        lambda: ex.Transformed(
            ex.Independent(ex.Normal(array(0.0, 1.0), 0.5), 1),
            bijectors.TriangularAffine(array(1.0, -1.0), array([2.0, 0.0], [1.0, 1.5])),
        ),
    ),
    Case("Truncated", lambda: ex.Truncated(ex.Normal(0.5, 1.0), -0.25, 2.0)),
    Case("TruncatedExponential", lambda: ex.Truncated(ex.Exponential(1.0), 1.0, 4.0)),
    Case("TruncatedCounts", lambda: ex.Truncated(ex.Geometric(probs=0.25), 2.0, 6.0)),
    Case("TruncatedFinite", lambda: ex.Truncated(ex.DiscreteUniform(1, 7), 2.0, 9.0)),
    Case("ZeroInflated", lambda: ex.ZeroInflated(ex.Geometric(probs=0.25), gate=0.25)),
    Case("ZeroInflatedBernoulli", lambda: ex.ZeroInflated(ex.Bernoulli(probs=0.75), gate_logits=-1.0)),
]

BATCHED: list[Case] = [
    Case("BatchBroadcast", lambda: ex.BatchBroadcast(ex.Normal(array(0.0, 1.0), 2.0), (3, 2))),
    Case("Blockwise", lambda: ex.Blockwise([ex.Normal(array([0.0], [1.0]), 2.0), ex.Gamma(array(1.0, 2.0, 3.0), 1.0)])),
    Case("Folded", lambda: ex.Folded(ex.Normal(array(0.0, 1.0), array([1.0], [2.0])))),
    Case("Hurdle", lambda: ex.Hurdle(ex.Geometric(probs=array(0.5, 0.25)), gate=array([0.25], [0.75]))),
    Case("IntervalCensored", lambda: ex.IntervalCensored(ex.Normal(array(0.0, 1.0), 1.0), array([-1.0], [0.5]), 2.0)),
    Case("LeftCensored", lambda: ex.LeftCensored(ex.Normal(array(0.0, 1.0), 1.0), array([-1.0], [0.5]))),
    Case("Masked", lambda: ex.Masked(ex.Normal(array(0.0, 1.0), 1.0), array([1.0], [0.0]))),
    Case("Quantized", lambda: ex.Quantized(ex.Normal(array(0.0, 1.0), 2.0), array([-3.0], [-1.0]), 4.0)),
    Case("RightCensored", lambda: ex.RightCensored(ex.Weibull(array(1.0, 2.0), 1.0), array([1.0], [0.5]))),
    Case("Rounded", lambda: ex.Rounded(ex.Normal(array(0.0, 1.0), array([1.0], [2.0])))),
    Case("Sample", lambda: ex.Sample(ex.Normal(array(0.0, 1.0), array([1.0], [2.0])), (3,))),
    Case("Transformed", lambda: ex.Transformed(ex.Normal(array(0.0, 1.0), 0.5), bijectors.Scale(array([2.0], [-1.0])))),
    Case("Truncated", lambda: ex.Truncated(ex.Normal(array(0.0, 1.0), 1.0), array([-1.0], [0.5]), 2.0)),
    Case("ZeroInflated", lambda: ex.ZeroInflated(ex.Geometric(probs=array(0.5, 0.25)), gate=array([0.25], [0.75]))),
]
