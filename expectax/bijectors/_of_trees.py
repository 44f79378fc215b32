"""Bijectors whose x or y is a pytree of arrays: every leaf is lifted by itself, and the log-determinants are added."""

import abc
from typing import Any

from .._module import Module
from .._typing import Array, PyTree


class AbstractTreeBijector(Module):
    """A smooth invertible map of several arrays at once. A subclass gives the two directions."""

    @abc.abstractmethod
    def forward_and_log_det(self, x: PyTree) -> tuple[Any, Array]:
        """(y, log |det ∂y/∂x|)."""

    @abc.abstractmethod
    def inverse_and_log_det(self, y: PyTree) -> tuple[Any, Array]:
        """(x, log |det ∂x/∂y|)."""

    def forward(self, x: PyTree) -> Any:
        """y = g(x)."""
        return self.forward_and_log_det(x)[0]

    def inverse(self, y: PyTree) -> Any:
        """x with g(x) = y."""
        return self.inverse_and_log_det(y)[0]

    def forward_log_det(self, x: PyTree) -> Array:
        """log |det ∂y/∂x|, one number for all leaves."""
        return self.forward_and_log_det(x)[1]

    def inverse_log_det(self, y: PyTree) -> Array:
        """log |det ∂x/∂y|, one number for all leaves."""
        return self.inverse_and_log_det(y)[1]

    def __call__(self, x: PyTree) -> Any:
        return self.forward(x)
