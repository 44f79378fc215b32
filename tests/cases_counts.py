"""Cases of the property tests: discrete laws."""

from case import Case, array
from scipy import stats

import expectax as ex

CASES: list[Case] = [
    Case("Delta", lambda: ex.Delta(-2.0)),
    Case("Deterministic", lambda: ex.Deterministic(3.0)),
    Case("Empirical", lambda: ex.Empirical(array(1.0, 4.0, 4.0, -2.0, 0.0))),
    Case("EmpiricalVectors", lambda: ex.Empirical(array([1.0, 4.0], [1.5, 0.0], [1.0, 4.0]), 1)),
    Case("DirichletMultinomial", lambda: ex.DirichletMultinomial(12.0, array(0.5, 2.0, 1.25))),
    Case("DiscreteUniform", lambda: ex.DiscreteUniform(-2.0, 5.0), stats.randint(-2, 6)),
    Case("FiniteDiscrete", lambda: ex.FiniteDiscrete([-1.5, 0.1, 7.0], probs=array(0.25, 0.5, 0.25))),
    Case("FiniteDiscreteLogits", lambda: ex.FiniteDiscrete([0.1, 0.2, 0.3, 40.0], logits=array(0.5, -1.0, 2.0, 0.0))),
    Case("OrderedLogistic", lambda: ex.OrderedLogistic(array(-2.0, 0.5, 1.0), 0.25)),
    Case("OrderedProbit", lambda: ex.OrderedProbit(array(-2.0, 0.5, 1.0, 3.0), 0.25)),
    Case("PlackettLuce", lambda: ex.PlackettLuce(array(0.5, 2.0, 1.25, 1.0))),
    Case("PoissonLogNormalQuadrature", lambda: ex.PoissonLogNormalQuadrature(0.5, 0.75)),
    Case(
        "NegativeBinomialFromMean", lambda: ex.NegativeBinomial.from_mean(3.0, dispersion=0.25), stats.nbinom(4, 4 / 7)
    ),
    Case("Zipf", lambda: ex.Zipf(6.5), stats.zipf(6.5)),
]

BATCHED: list[Case] = [
    Case("Delta", lambda: ex.Delta(array([-2.0], [0.1]), array(0.0, -1.0))),
    Case("Deterministic", lambda: ex.Deterministic(array(0.1, 2.0))),
    Case("Empirical", lambda: ex.Empirical(array([[0.1, 4.0, 4.0]], [[0.0, 1.0, 2.0]]))),
    Case("EmpiricalVectors", lambda: ex.Empirical(array([[1.0, 4.0], [0.1, 0.0]], [[1.0, 4.0], [1.0, 4.0]]), 1)),
    Case("DirichletMultinomial", lambda: ex.DirichletMultinomial(array([4.0], [40.0]), array([0.5, 2.0], [9.0, 1.0]))),
    Case("DiscreteUniform", lambda: ex.DiscreteUniform(array([-2.0], [0.0]), array(1.0, 7.0, 100.0))),
    Case("FiniteDiscrete", lambda: ex.FiniteDiscrete([0.1, 0.25], probs=array([0.25, 0.75], [0.5, 0.5]))),
    Case("OrderedLogistic", lambda: ex.OrderedLogistic(array([-1.0, 1.0], [0.0, 3.0]), array([0.25], [2.0], [-4.0]))),
    Case("OrderedProbit", lambda: ex.OrderedProbit(array([-1.0, 1.0], [0.0, 3.0]), array([0.25], [2.0], [-4.0]))),
    Case("PlackettLuce", lambda: ex.PlackettLuce(array([0.5, 2.0, 1.25], [1.0, 1.0, 1.0]))),
    Case("PoissonLogNormalQuadrature", lambda: ex.PoissonLogNormalQuadrature(array([0.5], [3.0]), array(0.25, 1.0), 5)),
    Case("Zipf", lambda: ex.Zipf(array(1.75, 2.5, 9.0))),
]
