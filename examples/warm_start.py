"""A path of C values: each fit starts from the one before."""

from sklearn.datasets import make_classification

from maxmargin import LinearSVC

X, y = make_classification(5000, 50, n_informative=10, flip_y=0.05, random_state=0)

model = LinearSVC(loss="hinge", tol=1e-6, warm_start=True)
print("       C   iterations   support vectors   accuracy")
for C in [0.001, 0.01, 0.1, 1.0, 10.0]:
    model.set_params(C=C).fit(X, y)
    print(f"{C:>8}   {model.n_iter_:>10}   {model.support_.size:>15}   {model.score(X, y):>8.3f}")
