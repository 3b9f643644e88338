"""Judge any linear classifier by one measure: how far is it from the exact optimum of its own objective?"""

import warnings

from sklearn.datasets import make_classification
from sklearn.svm import LinearSVC as SklearnLinearSVC

from maxmargin import LinearSVC, certify

X, y = make_classification(2000, 20, n_informative=8, flip_y=0.1, random_state=0)
X *= 10.0  # badly scaled data, as in life

ours = LinearSVC(loss="hinge", C=10.0, tol=1e-6, fit_intercept=False).fit(X, y)
print(certify(ours, X, y))

# The same problem, solved by somebody else, before the same judge.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns that it did not converge, but not how far off it is
    theirs = SklearnLinearSVC(loss="hinge", C=10.0, fit_intercept=False, random_state=0).fit(X, y)
print()
print(f"relative gap: ours {certify(ours, X, y).relative_gap:.1e}, scikit-learn's {certify(theirs, X, y).relative_gap:.1e}")
