"""Outliers: what share of the rows may lie outside is the only number to choose, and the proof comes with the fit."""

from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

from maxmargin import OneClassSVM, certify
from maxmargin.inspection import most_violating

wine = load_wine()
X = StandardScaler().fit_transform(wine.data)

model = OneClassSVM(gamma=0.02, nu=0.05, tol=1e-6).fit(X)
outside = int((model.predict(X) < 0).sum())
print(f"{outside} of {len(X)} wines lie outside, at most 5% as nu says; {model.support_.size} support vectors")
print(f"{model.status_}: relative gap {certify(model, X).relative_gap:.1e}")

for violation in most_violating(model, X, count=3):
    row = X[violation.row]
    oddest = sorted(range(len(row)), key=lambda column: -abs(row[column]))[:2]
    reasons = ", ".join(f"{wine.feature_names[column]} {row[column]:+.1f} deviations" for column in oddest)
    print(f"wine {violation.row} ({reasons})")
