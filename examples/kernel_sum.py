"""Numbers with a trend and a wave: a sum of kernels sees both, and its parts can be searched like any parameter."""

import numpy as np
from sklearn.model_selection import GridSearchCV, KFold

from maxmargin import SVR
from maxmargin.inspection import most_violating
from maxmargin.kernels import RBF, Linear

rng = np.random.default_rng(0)
X = rng.uniform(0.0, 10.0, size=(200, 1))
y = 2.0 * X[:, 0] + np.sin(3.0 * X[:, 0]) + rng.normal(scale=0.1, size=200)
y[17] += 5.0  # somebody mistyped

search = GridSearchCV(
    SVR(kernel=RBF(gamma=1.0) + Linear(), C=10.0),
    {"kernel__k1__gamma": [0.1, 1.0, 10.0], "epsilon": [0.05, 0.2]},
    cv=KFold(5, shuffle=True, random_state=0),
).fit(X, y)

model = search.best_estimator_
print(f"kernel {model.kernel_}, epsilon {model.epsilon}: R² {search.best_score_:.3f} in cross-validation")
print(f"{model.status_}, {model.support_.size} of {len(X)} rows support it")
for violation in most_violating(model, X, y, count=2):
    print(f"row {violation.row}: {violation.label:.2f}, expected {violation.predicted:.2f}")
