"""The first fit: train, read the proof, predict, save, load."""

import tempfile
from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from maxmargin import LinearSVC, load, save

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
train_X, test_X, train_y, test_y = train_test_split(X, y, random_state=0)
scaler = StandardScaler().set_output(transform="pandas").fit(train_X)

model = LinearSVC(C=0.1).fit(scaler.transform(train_X), train_y)

# Every fit says in words how it ended, and how far from the exact optimum it can be at most.
print(f"{model.status_}: relative gap {model.relative_gap_:.1e} after {model.n_iter_} iterations")
print(f"test accuracy {model.score(scaler.transform(test_X), test_y):.3f}, {model.support_.size} support vectors")

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "cancer.model"
    save(model, path)
    again = load(path)
    agree = (again.predict(scaler.transform(test_X)) == model.predict(scaler.transform(test_X))).all()
    print(f"the loaded model knows {len(again.feature_names_in_)} columns by name and predicts the same: {agree}")
