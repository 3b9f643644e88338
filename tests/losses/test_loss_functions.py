"""What holds of every function: the same in all frameworks, traced, mapped and differentiated; masks, types, NaN."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from loss_function_cases import CASES, CLASS, HAS, LEVEL, N, S

from maxmargin import exceptions as errors
from maxmargin import losses

EVERY = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
MASKED = {name: case for name, case in CASES.items() if case.samples}
EVERY_MASKED = pytest.mark.parametrize("case", MASKED.values(), ids=MASKED)


def test_every_function_is_tried():
    """Those of two classes and of numbers have tests of their own."""
    from maxmargin.losses import binary, metrics, regression

    public = {name for name in losses.__all__ if inspect.isfunction(getattr(losses, name))}
    elsewhere = {*binary.__all__, *metrics.__all__, *regression.__all__, "from_padded_indices"}
    assert {name.split(" ")[0] for name in CASES} == public - elsewhere


# --- frameworks ----------------------------------------------------------------------------------


@EVERY
def test_the_same_numbers_in_every_framework(framework, case):
    with framework.wide():
        arrays = [framework.array(values) for values in (case.scores, *case.others)]
        for reduction in case.reductions:
            result = case.value(*arrays, reduction=reduction)
            expected = case.value(case.scores, *case.others, reduction=reduction)
            np.testing.assert_allclose(framework.numpy(result), expected, rtol=1e-12, atol=1e-12)
            assert result.dtype == arrays[0].dtype


@EVERY
def test_the_same_numbers_when_traced_and_mapped(tracing_framework, case):
    framework = tracing_framework
    with framework.wide():
        arrays = [framework.array(values) for values in (case.scores, *case.others)]
        expected = case.value(case.scores, *case.others)
        np.testing.assert_allclose(framework.numpy(framework.traced(case.value)(*arrays)), expected, rtol=1e-12)
        # Twice the same, one of them moved a little.
        twice = [framework.array(np.stack([values, values])) for values in (case.scores, *case.others)]
        shift = framework.array([0.0, 0.25])
        mapped = framework.mapped(lambda more, *rest: case.value(rest[0] + more, *rest[1:]))(shift, *twice)
        moved = case.value(case.scores + 0.25, *case.others)
        np.testing.assert_allclose(framework.numpy(mapped), [expected, moved], rtol=1e-12, atol=1e-12)


@EVERY
def test_gradients_are_slopes(tracing_framework, case):
    framework, h = tracing_framework, 1e-6
    with framework.wide():
        arrays = [framework.array(values) for values in (case.scores, *case.others)]
        gradient = framework.gradient(lambda scores: case.value(scores, *arrays[1:], reduction="sum"), arrays[0])
        gradient = framework.numpy(gradient)
        assert gradient.any()
        for place in np.ndindex(case.scores.shape):
            step = np.zeros_like(case.scores)
            step[place] = h
            high, low = (case.value(case.scores + sign * step, *case.others, reduction="sum") for sign in (1, -1))
            assert gradient[place] == pytest.approx((high - low) / (2 * h), abs=1e-6), place


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # torch uses it for forward derivatives
@EVERY
def test_torch_differentiates_twice_and_forward(case):
    torch = pytest.importorskip("torch", reason="torch is not installed: make test-frameworks installs it")
    scores = torch.tensor(case.scores, requires_grad=True)
    others = [torch.tensor(values) for values in case.others]

    def value(array):
        return case.value(array, *others)

    assert torch.autograd.gradcheck(value, (scores,))
    assert torch.autograd.gradgradcheck(value, (scores,))
    direction = torch.ones_like(scores)
    _, slope = torch.func.jvp(value, (scores.detach(),), (direction,))
    (gradient,) = torch.autograd.grad(value(scores), scores)
    assert float(slope) == pytest.approx(float((gradient * direction).sum()), abs=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        losses.crammer_singer, losses.weston_watkins, losses.one_vs_rest_hinge, losses.lee_lin_wahba,
        losses.keras_categorical_hinge, lambda s, y, **o: losses.top_k_hinge(s, y, k=2, **o),
        lambda s, y, **o: losses.ordinal_hinge(s[:, 0], y, s[0, :4], **o),
        lambda s, y, **o: losses.crammer_singer(s, y, margin=s[0], **o),
        lambda s, y, **o: losses.crammer_singer(s, y, class_weight=abs(s[0]), **o),
    ],
)  # fmt: skip
def test_a_class_out_of_range_is_never_a_plausible_number(tracing_framework, call):
    framework = tracing_framework
    scores, y = framework.array(S.astype("float32")), framework.array(np.array([0, 5, -1, 4, -100, 2]))
    with pytest.raises(errors.ClassRangeError, match="the class 5 at position 1; expected 0 to 4"):
        call(scores, y)
    traced = framework.traced(lambda s, t: call(s, t, reduction="none"))(scores, y)
    assert np.isnan(framework.numpy(traced)).tolist() == [False, True, True, False, True, False]
    assert np.isnan(framework.numpy(framework.traced(call)(scores, y)))
    ignored = framework.traced(lambda s, t: call(s, t, reduction="none", ignore_index=-100))(scores, y)
    assert np.isnan(framework.numpy(ignored)).tolist() == [False, True, True, False, False, False]


@pytest.mark.parametrize("call", [losses.multilabel_separation, losses.lovasz_hinge, losses.f1_hinge, losses.auc_hinge])
def test_a_label_that_is_none_spoils_its_list(tracing_framework, call):
    framework, labels = tracing_framework, np.where(HAS, 1, -1)
    labels[2, 3] = 7
    scores, y = framework.array(S.astype("float32")), framework.array(labels)
    with pytest.raises(errors.InvalidTargetError, match="the label 7 at position 2, 3"):
        call(scores, y)
    traced = framework.traced(lambda s, t: call(s, t, reduction="none"))(scores, y)
    assert np.isnan(framework.numpy(traced)).tolist() == [row == 2 for row in range(N)]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@EVERY
def test_narrow_types_are_computed_in_single(tracing_framework, dtype, case):
    framework = tracing_framework
    # What else is of floating point has the same type, as in a network that runs in it.
    arrays = [framework.array(x, dtype if x.dtype.kind == "f" else None) for x in (case.scores, *case.others)]
    result = case.value(*arrays)
    assert result.dtype == arrays[0].dtype
    kinds = [x.dtype.kind for x in (case.scores, *case.others)]
    exact = [
        framework.numpy(a).astype(float) if kind == "f" else framework.numpy(a)
        for a, kind in zip(arrays, kinds, strict=True)
    ]
    width = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 1e-5}[dtype]
    assert float(result) == pytest.approx(float(case.value(*exact)), rel=width, abs=1e-5)


# --- masks, nothing, NaN -------------------------------------------------------------------------


@EVERY_MASKED
@pytest.mark.parametrize("reduction", ["mean", "weighted_mean", "sum"])
def test_without_samples_the_loss_is_zero(case, reduction):
    nothing = np.zeros(case.samples, dtype=bool)
    assert case.value(case.scores, *case.others, mask=nothing, reduction=reduction) == 0.0
    spoiled = np.full_like(case.scores, np.nan)
    if "axis" not in getattr(case.call, "keywords", {}):
        assert case.value(spoiled, *case.others, mask=nothing, reduction=reduction) == 0.0


@EVERY_MASKED
def test_without_samples_the_gradient_is_zero(tracing_framework, case):
    framework = tracing_framework
    with framework.wide():
        spoiled, mask = framework.array(np.full_like(case.scores, np.nan)), framework.array(np.zeros(case.samples, bool))
        others = [framework.array(values) for values in case.others]
        gradient = framework.gradient(lambda scores: case.value(scores, *others, mask=mask), spoiled)
        assert not framework.numpy(gradient).any()


@EVERY_MASKED
def test_a_mask_is_an_absence(case):
    """Whole samples, or lists, that are masked are not there; what stands in them does not matter."""
    first = "axis" in getattr(case.call, "keywords", {})
    if getattr(case.call, "keywords", {}).get("per_image") is False or case.call is losses.auc_hinge:
        pytest.skip("it has a single list")
    take = (lambda x: x[:, :4]) if first else (lambda x: x[:4] if len(x) == N else x)
    mask = np.broadcast_to((np.arange(N) < 4).reshape(-1, *[1] * (len(case.samples) - 1)), case.samples)
    scores = case.scores.copy()
    (scores.T if first else scores)[4:] = np.nan
    others = [x[:4] if len(x) == N else x for x in case.others]
    for reduction in ("mean", "weighted_mean", "sum"):
        expected = case.value(take(case.scores), *others, reduction=reduction)
        masked = case.value(scores, *case.others, mask=mask, reduction=reduction)
        assert masked == pytest.approx(expected, rel=1e-13)


@EVERY
def test_nan_is_never_hidden(case):
    for place in np.ndindex(case.scores.shape):
        scores = case.scores.copy()
        scores[place] = np.nan
        assert np.isnan(case.value(scores, *case.others)), place


@EVERY_MASKED
def test_empty_batches_cost_nothing(case):
    first = "axis" in getattr(case.call, "keywords", {})
    scores = case.scores[:, :0] if first else case.scores[:0]
    others = [x[:0] if len(x) == N else x for x in case.others]
    for reduction in ("mean", "weighted_mean", "sum"):
        assert case.value(scores, *others, reduction=reduction) == 0.0


@EVERY
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_result_has_the_type_of_the_scores(case, dtype):
    others = [x.astype(dtype) if x.dtype.kind == "f" else x for x in case.others]
    for reduction in case.reductions:
        assert case.value(case.scores.astype(dtype), *others, reduction=reduction).dtype == dtype


@EVERY
@pytest.mark.parametrize("dtype", ["int64", "bool", "complex128", "object"])
def test_scores_are_floating(case, dtype):
    with pytest.raises((errors.UnsupportedTypeError, errors.ComplexInputError)):
        case.value(np.ones(case.scores.shape).astype(dtype), *case.others)


@EVERY
def test_reductions_are_checked(case):
    with pytest.raises(errors.InvalidParameterError, match="reduction must be one of"):
        case.value(case.scores, *case.others, reduction="average")


CLASS_FUNCTIONS = [losses.crammer_singer, losses.weston_watkins, losses.one_vs_rest_hinge, losses.lee_lin_wahba]


@pytest.mark.parametrize("call", CLASS_FUNCTIONS, ids=lambda call: call.__name__)
def test_class_indices_are_integers_of_one_axis_less(call):
    for dtype in ("bool", "float64"):
        with pytest.raises(errors.InvalidTargetError, match="expected class indices, integers"):
            call(S, CLASS.astype(dtype))
    for y in (CLASS[:, None], CLASS[:3], np.eye(5, dtype=int)[CLASS]):
        with pytest.raises(errors.ShapeError, match=r"expected y of \(6,\), one class a sample"):
            call(S, y)
    for dtype in ("uint8", "int16", "uint64"):
        assert call(S, CLASS.astype(dtype)) == call(S, CLASS)


LIST_FUNCTIONS = [losses.multilabel_separation, losses.auc_hinge, losses.f1_hinge, losses.lovasz_hinge]


@pytest.mark.parametrize("call", LIST_FUNCTIONS, ids=lambda call: call.__name__)
def test_items_have_signs_or_booleans(call):
    expected, zero_one = call(S, HAS), HAS.astype(int)
    assert (
        call(S, 2 * zero_one - 1) == call(S, zero_one, labels="01") == call(S, HAS.astype("uint8"), labels="01") == expected
    )
    with pytest.raises(errors.InvalidTargetError, match="pass labels='01' for 0 and 1"):
        call(S, zero_one)
    with pytest.raises(errors.InvalidTargetError, match="uint8, which cannot hold −1"):
        call(S, HAS.astype("uint8"))
    for y in (HAS[:, :1], HAS[:, 0], HAS.T):
        with pytest.raises(errors.ShapeError, match="expected equal shapes"):
            call(S, y)


def test_a_column_is_no_row():
    column, row = S[:, :1], S[:, 0]
    for call in (
        lambda: losses.ordinal_hinge(column, LEVEL, np.zeros(3)),
        lambda: losses.margin_ranking(column, row, np.ones(N)),
        lambda: losses.margin_ranking(row, row, np.ones((N, 1))),
        lambda: losses.hinge_embedding(column, np.ones(N)),
        lambda: losses.structured_hinge(column, row),
        lambda: losses.pairwise_hinge(column, HAS[:, 0]),
        lambda: losses.cosine_embedding(S, S, np.ones((N, 1))),
        lambda: losses.contrastive(S, S[:, :1], np.ones(N)),
        lambda: losses.triplet_margin(S, S, S[:, :1]),
    ):
        with pytest.raises(errors.ShapeError):
            call()
