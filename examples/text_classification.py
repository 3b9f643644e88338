"""Text: sparse rows with many features, several classes, and the words that decide."""

import random

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from maxmargin import LinearSVC

WORDS = {
    "cooking": "oven butter flour salt recipe bake taste sugar pan dough onion sauce boil spoon",
    "sailing": "wind sail harbour anchor tide mast knot keel wave rope deck compass storm crew",
    "chess": "queen rook pawn castle checkmate opening endgame bishop knight sacrifice board clock draw move",
}
COMMON = "the a and then we with very it was on to before again today little good long time first never"

rng = random.Random(0)
texts, topics = [], []
for topic, words in WORDS.items():
    for _ in range(200):
        # Three words of the topic, three that belong anywhere, and fifteen that say nothing.
        anywhere = " ".join(WORDS.values()).split()
        text = rng.choices(words.split(), k=3) + rng.choices(anywhere, k=3) + rng.choices(COMMON.split(), k=15)
        rng.shuffle(text)
        texts.append(" ".join(text))
        topics.append(topic)

model = make_pipeline(TfidfVectorizer(), LinearSVC(C=1.0))
print(f"accuracy in cross-validation: {cross_val_score(model, texts, topics, cv=5).mean():.3f}")

vectorizer, machine = model.fit(texts, topics)
words = vectorizer.get_feature_names_out()
for topic, weights in zip(machine.classes_, machine.coef_, strict=True):
    strongest = weights.argsort()[::-1][:5]
    print(f"{topic:>8}: {', '.join(words[strongest])}")
print(f"{machine.status_}, largest relative gap of the three problems {machine.relative_gap_:.1e}")
