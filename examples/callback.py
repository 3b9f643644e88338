"""Watch a fit and stop it by your own rule: here, as soon as the objective is known to half a percent."""

from sklearn.datasets import make_classification

from maxmargin import LinearSVC
from maxmargin.callbacks import Progress

X, y = make_classification(20000, 40, n_informative=10, flip_y=0.05, random_state=0)


def good_enough(progress: Progress) -> bool:
    print(f"iteration {progress.iteration:>3}  objective {progress.primal:>12.4f}  relative gap {progress.relative_gap:.1e}")
    return progress.relative_gap < 5e-3


model = LinearSVC(loss="hinge", tol=1e-10, callback=good_enough).fit(X, y)
print(f"{model.status_}: the optimum lies between {model.dual_:.4f} and {model.primal_:.4f}")
