"""A kernel machine from the first fit to a file: train, prove, save, load, and prove it again from the file alone."""

import tempfile
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from maxmargin import SVC, certify, load, save

X, y = load_digits(return_X_y=True)
train_X, test_X, train_y, test_y = train_test_split(X / 16.0, y, random_state=0)

model = SVC(gamma=0.5, C=10.0).fit(train_X, train_y)
print(f"{model.status_}: {model.intercept_.size} pairs of digits, {model.support_.size} support vectors")
print(f"test accuracy {model.score(test_X, test_y):.3f}")

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "digits.model"
    save(model, path)
    again = load(path)
    agree = (again.predict(test_X) == model.predict(test_X)).all()
    print(f"{path.stat().st_size / 1000:.0f} kB; the same predictions: {agree}")
    print(f"relative gap, from the file and the data: {certify(again, train_X, train_y).relative_gap:.1e}")
