"""The runtime against golden files, and its refusals."""

import threading

import numpy as np
import pytest
from conftest import VECTORS

import kinglet

VALID = sorted((VECTORS / "valid").glob("*.kgl"))


def golden(path, tensors, ending):
    """The arrays of a golden file's inputs or outputs, for each frame of it."""
    content, frames = path.with_suffix(ending).read_bytes(), []
    while content:
        arrays = []
        for tensor in tensors:
            count = int(np.prod(tensor.shape, dtype=np.int64))
            size = count * tensor.type.itemsize
            arrays.append(
                np.frombuffer(content[:size], tensor.type.newbyteorder("<")).reshape(tensor.shape).astype(tensor.type)
            )
            content = content[size:]
        frames.append(arrays)
    return frames


def outputs(answer):
    return answer if isinstance(answer, tuple) else (answer,)


def assert_equal(answers, expected):
    for answer, wanted in zip(answers, expected):
        if wanted.dtype == np.float32:
            assert np.abs(answer - wanted).max() <= 1e-4 * max(np.abs(wanted).max(), 1e-30)
        else:
            assert np.array_equal(answer, wanted)


def test_there_are_golden_files():
    assert len(VALID) > 30


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_answers_are_the_golden_ones(path):
    model = kinglet.Model(path)
    frames, wanted = golden(path, model.inputs, ".input"), golden(path, model.outputs, ".output")
    assert len(frames) == len(wanted) and (len(frames) > 1) == (model.state_bytes > 0)
    stream = outputs(model.run(*[np.stack(given) for given in zip(*frames)], raw=True, stream=True))
    for k, expected in enumerate(wanted):
        assert_equal([answer[k] for answer in stream], expected)
    inputs, expected = frames[0], wanted[0]
    answers = outputs(model.run(*inputs, raw=True))
    assert [answer.shape for answer in answers] == [tensor.shape for tensor in model.outputs]
    assert_equal(answers, expected)
    # The same from bytes, for several samples, and step by step.
    again = kinglet.Model(path.read_bytes())
    several = outputs(again.run(*[np.stack([given] * 3) for given in inputs], raw=True))
    for answer, sample in zip(answers, several):
        assert sample.shape == (3, *answer.shape)
        assert all(np.array_equal(sample[k], answer, equal_nan=True) for k in range(3))
    steps = model.steps(*inputs, raw=True)
    assert [step.step for step in steps] == list(range(model.step_count))
    assert all(step.operator and step.elements.size for step in steps)


def test_numbers_of_bytes():
    tensor = kinglet.Tensor("x", (4,), np.dtype(np.int8), 0.5, -3)
    assert tensor.elements([0.0, 0.25, -1.0, 1e9]).tolist() == [-3, -2, -5, 127]
    assert tensor.elements([float("nan"), -1e30, 0.24, -0.26]).tolist() == [0, -128, -3, -4]
    assert tensor.numbers(np.array([-3, 127], np.int8)).tolist() == [0.0, 65.0]


def test_numbers_and_elements_of_a_run():
    path = VECTORS / "valid" / "exact-dense.kgl"
    model = kinglet.Model(path)
    inputs = golden(path, model.inputs, ".input")[0]
    numbers = [tensor.numbers(given) for tensor, given in zip(model.inputs, inputs)]
    answers = outputs(model.run(*numbers))
    for tensor, answer, wanted in zip(model.outputs, answers, golden(path, model.outputs, ".output")[0]):
        assert answer.dtype == np.float32
        assert np.array_equal(answer, tensor.numbers(wanted))


def test_arrays_that_do_not_fit():
    model = kinglet.Model(VECTORS / "valid" / "small.kgl")
    shape = model.inputs[0].shape
    with pytest.raises(ValueError, match="takes 1 inputs, and 2 are given"):
        model.run(np.zeros(shape), np.zeros(shape))
    with pytest.raises(ValueError, match="axis of samples in front"):
        model.run(np.zeros((*shape, 2)))
    with pytest.raises(TypeError, match="the array is of float64"):
        model.run(np.zeros(shape), raw=True)
    with pytest.raises(TypeError, match="takes numbers"):
        model.run(np.full(shape, "a"))
    with pytest.raises(ValueError, match="one sample"):
        model.steps(np.zeros((1, *shape)))
    assert model.run(np.zeros((0, *shape))).shape == (0, *model.outputs[0].shape)


def test_blobs_that_are_none(tmp_path):
    for path in sorted((VECTORS / "invalid").glob("*.kgl")):
        with pytest.raises(kinglet.StatusError) as caught:
            model = kinglet.Model(path)
            model.run(*[np.zeros(tensor.shape, tensor.type) for tensor in model.inputs], raw=True)
        assert caught.value.status < 0
        assert str(path) in str(caught.value)
    with pytest.raises(kinglet.StatusError) as caught:
        kinglet.Model(b"")
    assert caught.value.status == kinglet.RuntimeStatus.TRUNCATED
    with pytest.raises(FileNotFoundError):
        kinglet.Model(tmp_path / "none.kgl")


def test_self_test_where_there_is_none():
    with pytest.raises(kinglet.StatusError, match="carries no self-test"):
        kinglet.Model(VECTORS / "valid" / "small.kgl").self_test()


def test_threads_share_a_model():
    path = VECTORS / "valid" / "exact-convolution.kgl"
    model = kinglet.Model(path)
    inputs = [np.stack([given] * 20) for given in golden(path, model.inputs, ".input")[0]]
    expected = outputs(model.run(*inputs, raw=True))
    found = [None] * 4

    def work(index):
        found[index] = outputs(model.run(*inputs, raw=True))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answers in found:
        assert_equal(answers, expected)
