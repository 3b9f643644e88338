"""Lists of words with a kernel in Python, in scikit-learn's cross-validation and searches."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import GridSearchCV, cross_val_score

from maxmargin import SVC, SVR


def letters(left, right):
    """Inner products of how often letters occur in words."""
    counts = [
        np.array([[word.count(letter) for letter in "abcd"] for word in words], dtype=float) for words in (left, right)
    ]
    return counts[0] @ counts[1].T


def random_words(seed):
    random = np.random.default_rng(seed)
    return ["".join(random.choice(list("abcd"), random.integers(2, 9))) for _ in range(90)]


def test_lists_of_strings_are_searched_over_as_their_kernel_values_are():
    words = random_words(0)
    y = [word.count("a") > word.count("b") for word in words]
    K, grid = letters(words, words), {"C": [0.01, 1.0, 100.0]}
    by_word = GridSearchCV(SVC(kernel=letters), grid, cv=3, error_score="raise").fit(words, y)
    by_matrix = GridSearchCV(SVC(kernel="precomputed"), grid, cv=3).fit(K, y)
    assert by_word.best_params_ == by_matrix.best_params_
    assert by_word.cv_results_["mean_test_score"].tolist() == by_matrix.cv_results_["mean_test_score"].tolist()
    assert by_word.cv_results_["mean_test_score"][0] < by_word.best_score_
    assert by_word.predict(words).tolist() == by_matrix.predict(K).tolist()
    assert set(by_word.best_estimator_.support_vectors_) <= set(words)


def test_lists_of_strings_have_scores_of_regression_too():
    words, targets = random_words(1), np.random.default_rng(1).normal(size=90)
    targets += [word.count("a") for word in words]
    by_word = cross_val_score(SVR(kernel=letters), words, targets, cv=3, error_score="raise")
    by_matrix = cross_val_score(SVR(kernel="precomputed"), letters(words, words), targets, cv=3)
    np.testing.assert_allclose(by_word, by_matrix, rtol=1e-9)
    assert by_word.min() > 0.0
