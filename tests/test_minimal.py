"""The one test that runs in every wheel: it imports, fits, certifies, saves and loads, with nothing but pytest beside it."""

from __future__ import annotations

import numpy as np

import maxmargin


def test_the_wheel_works(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    y = np.where(X @ [1.0, -2.0, 0.5, 0.0, 1.0] + 0.3 * rng.normal(size=300) > 0.2, "yes", "no")
    for loss in ("hinge", "squared_hinge"):
        model = maxmargin.LinearSVC(loss=loss, tol=1e-6).fit(X, y)
        assert model.status_ == "optimal"
        assert maxmargin.certify(model, X, y).relative_gap <= 1e-6
        maxmargin.save(model, tmp_path / "model")
        assert (maxmargin.load(tmp_path / "model").predict(X) == model.predict(X)).all()
