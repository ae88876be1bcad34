"""Reading pictures: sizes, colours, splits, and what is wrong with a data set in one sentence each."""

import dataclasses
import gzip
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from PIL import Image

import assets
from hybridgraph.data import FilePictures, MemoryPictures, open_dataset
from hybridgraph.data.dataset import Dataset
from hybridgraph.data.fitting import PixelPictures
from hybridgraph.data.workers import Pool
from hybridgraph.errors import DataError, RunError
from tests.train.conftest import pictures_of, write_class_folders, write_idx, write_idx_set


def _open(spec: str, **given: object) -> Dataset:
    return open_dataset(spec, **{"image_size": 8, "channels_in": 1, "seed": 0, **given})  # type: ignore[arg-type]


def _images(dataset: Dataset) -> torch.Tensor:
    assert isinstance(dataset.train, MemoryPictures)
    return dataset.train.images


def test_the_sample_set_is_fashion_mnist_in_small() -> None:
    data = _open("sample", image_size=28)
    assert data.classes[0] == "T-shirt/top"
    assert len(data.classes) == 10
    assert _images(data).shape == (6000, 1, 28, 28)
    assert 0.25 < data.mean.item() < 0.32
    images = gzip.decompress((assets.path("samples") / "train-images-idx3-ubyte.gz").read_bytes())
    assert _images(data)[0].numpy().tobytes() == images[16 : 16 + 784]  # 28 stays 28, byte for byte


def test_mean_and_deviation_are_those_of_the_training_pictures(idx_folder: Path) -> None:
    data = _open(f"idx:{idx_folder}")
    pixels = _images(data).double() / 255
    assert data.mean.item() == pytest.approx(pixels.mean().item(), abs=1e-6)
    assert data.std.item() == pytest.approx(pixels.std(correction=0).item(), abs=1e-6)


@pytest.mark.parametrize(("size", "channels"), [(8, 3), (5, 1), (16, 3)])
def test_idx_pictures_are_resized_and_coloured(idx_folder: Path, size: int, channels: int) -> None:
    images = _images(_open(f"idx:{idx_folder}", image_size=size, channels_in=channels))
    assert images.shape == (96, channels, size, size)
    assert torch.equal(images[:, 0], images[:, -1])
    bars = images[:3, 0].float().mean(1).reshape(3, size)  # the bright bar of class c lies at 2c..2c+2 of 8
    assert [round(int(bar.argmax()) / size * 4 - 0.25) for bar in bars] == [0, 1, 2]


def test_plain_idx_files_and_class_names_beside_them_are_read(tmp_path: Path) -> None:
    write_idx_set(tmp_path)
    for path in list(tmp_path.glob("*.gz")):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    (tmp_path / "classes.json").write_text('["left", "middle", "right"]')
    assert _open(f"idx:{tmp_path}").classes == ("left", "middle", "right")


def _damage_idx(folder: Path, fault: str) -> None:
    images, labels = folder / "train-images-idx3-ubyte.gz", folder / "train-labels-idx1-ubyte.gz"
    if fault == "cut":
        images.write_bytes(images.read_bytes()[:-100])
    elif fault == "short":
        images.write_bytes(gzip.compress(gzip.decompress(images.read_bytes())[:-100]))
    elif fault == "garbled":
        images.write_bytes(images.read_bytes()[:30] + b"\0" * 500)
    elif fault == "not gzip":
        images.write_bytes(b"hello")
    elif fault == "foreign":
        images.write_bytes(gzip.compress(b"PNG is another thing"))
    elif fault == "huge":
        images.write_bytes(gzip.compress(bytes((0, 0, 8, 3)) + b"\xff" * 12))
    elif fault == "count":
        write_idx(labels, np.arange(95) % 3)
    elif fault == "one class":
        write_idx(labels, np.zeros(96))
    elif fault == "other labels":
        write_idx(folder / "t10k-labels-idx1-ubyte.gz", np.full(24, 7))
    elif fault == "empty":
        write_idx(images, np.zeros((0, 8, 8)))
        write_idx(labels, np.zeros(0))
    else:
        labels.unlink()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("cut", "is truncated"),
        ("short", "is truncated: 6,044 of 6,144 bytes"),
        ("garbled", "is damaged"),
        ("not gzip", "is damaged"),
        ("foreign", "is no idx file"),
        ("huge", "more than"),
        ("count", "96 pictures but train-labels-idx1-ubyte.gz holds 95 labels"),
        ("one class", "only one class"),
        ("other labels", "have the label 7, but the training labels end at 2"),
        ("empty", "holds no pictures"),
        ("missing", "holds no file train-labels-idx1-ubyte.gz"),
    ],
)
def test_a_damaged_idx_set_is_one_sentence(idx_folder: Path, fault: str, sentence: str) -> None:
    _damage_idx(idx_folder, fault)
    with pytest.raises(DataError, match=sentence) as caught:
        _open(f"idx:{idx_folder}")
    assert str(idx_folder) in caught.value.message
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize("kind", ["idx", "folder"])
def test_a_missing_folder_is_named(tmp_path: Path, kind: str) -> None:
    with pytest.raises(DataError, match="does not exist"):
        _open(f"{kind}:{tmp_path / 'nowhere'}")


def test_an_unknown_kind_of_data_lists_the_known_ones() -> None:
    with pytest.raises(RunError) as caught:
        _open("zip:pictures.zip")
    assert "idx:PATH" in caught.value.hint


def test_class_folders_are_split_the_same_way_for_the_same_seed(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "set", 20, ("img2", "img10"))
    data, again, other = (_open(f"folder:{tmp_path / 'set'}", seed=seed) for seed in (1, 1, 2))
    assert data.classes == ("img2", "img10")
    assert torch.bincount(data.train.labels).tolist() == [17, 17]
    assert torch.bincount(data.val.labels).tolist() == [3, 3]
    assert data.digest == again.digest
    assert data.digest != other.digest
    assert "held back" in data.notes[0]


@pytest.mark.parametrize("val", ["val", "valid", "test", "Validation"])
def test_train_and_validation_folders_are_taken_as_they_are(tmp_path: Path, val: str) -> None:
    write_class_folders(tmp_path / "train", 4)
    write_class_folders(tmp_path / val, 2)
    (tmp_path / ".cache" / "x").mkdir(parents=True)
    data = _open(f"folder:{tmp_path}")
    assert data.classes == ("cat", "dog", "owl")
    assert (len(data.train.labels), len(data.val.labels)) == (12, 6)


def test_a_train_folder_alone_is_split(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "train", 10)
    data = _open(f"folder:{tmp_path}")
    assert (len(data.train.labels), len(data.val.labels)) == (24, 6)


def test_a_picture_keeps_its_aspect_and_its_middle(tmp_path: Path) -> None:
    write_class_folders(tmp_path, 3)
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = (200, 100, 50)
    Image.fromarray(wide).save(tmp_path / "cat" / "wide.png")
    tall = Image.fromarray(wide.transpose(1, 0, 2))
    tall.save(tmp_path / "cat" / "tall.png")
    for name in ("wide.png", "tall.png"):
        pixels = _decode(tmp_path / "cat" / name, 10, 3)
        assert (pixels == np.array([200, 100, 50])[:, None, None]).all()


def _decode(path: Path, size: int, channels: int) -> np.ndarray:
    from hybridgraph.data.decoding import read_picture

    return read_picture(path, size, channels)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_colour_mode_becomes_grey_or_rgb(tmp_path: Path, mode: str, channels: int) -> None:
    white = np.full((6, 6), 65535, np.uint16) if mode == "I;16" else np.full((6, 6), 255, np.uint8)
    picture = Image.fromarray(white)
    picture = picture if mode in ("I;16", "L") else picture.convert(mode)
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    picture.save(path)
    pixels = _decode(path, 6, channels)
    assert pixels.shape == (channels, 6, 6)
    assert pixels.min() == 255


def test_what_is_transparent_becomes_white_and_pictures_are_turned_upright(tmp_path: Path) -> None:
    Image.new("RGBA", (6, 6), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert _decode(tmp_path / "clear.png", 6, 1).min() == 255
    half = Image.fromarray(
        np.repeat(np.array([[0] * 8, [255] * 8], np.uint8), 4, 0)
    )  # dark above, bright below
    exif = Image.Exif()
    exif[0x0112] = 3  # taken upside down
    half.save(tmp_path / "turned.png", exif=exif)
    pixels = _decode(tmp_path / "turned.png", 8, 1)
    assert pixels[0, 0, 0] == 255
    assert pixels[0, -1, 0] == 0


def test_a_corrupt_jpeg_is_left_out_and_named_or_refused(tmp_path: Path) -> None:
    write_class_folders(tmp_path, 6)
    jpeg = tmp_path / "dog" / "torn.jpg"
    Image.fromarray(pictures_of(np.zeros(1, int), 64)[0]).save(jpeg)
    jpeg.write_bytes(jpeg.read_bytes()[:300])
    (tmp_path / "owl" / "text.png").write_text("not a picture")
    data = _open(f"folder:{tmp_path}")
    assert len(data.train.labels) + len(data.val.labels) == 18
    assert len(data.warnings) == 1
    assert data.warnings[0].startswith("2 of 20 pictures are left out.")
    assert str(jpeg) in data.warnings[0]
    with pytest.raises(DataError, match="cannot be read"):
        _open(f"folder:{tmp_path}", is_strict=True)


def test_a_folder_of_nothing_but_corrupt_pictures_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for index in range(4):
            (tmp_path / name / f"{index}.jpg").write_bytes(b"\xff\xd8\xff garbage")
    with pytest.raises(DataError, match="None of the"):
        _open(f"folder:{tmp_path}")


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    write_class_folders(tmp_path, 3)
    Image.new("1", (10_000, 10_000)).save(tmp_path / "cat" / "bomb.png")
    for memory in (2**30, 0):
        with pytest.raises(DataError, match=r"bomb.png unpacks to more than 89,478,485 pixels"):
            _walk(tmp_path, memory)


def _walk(folder: Path, memory: int) -> None:
    data = _open(f"folder:{folder}", memory_bytes=memory)
    for pictures in (data.train, data.val):
        for _ in pictures.batches(torch.arange(len(pictures.labels)), 4):
            pass


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("one class", "has only one class, 'cat'"),
        ("nothing", "holds no pictures in class folders"),
        ("loose", "holds pictures but no class folders"),
        ("empty class", "holds no pictures. Fill it"),
        ("single", "has one picture"),
        ("strange", "has the class 'emu'"),
    ],
)
def test_a_wrong_folder_is_one_sentence(tmp_path: Path, fault: str, sentence: str) -> None:
    if fault == "one class":
        write_class_folders(tmp_path, 3, ("cat",))
    elif fault == "loose":
        Image.new("L", (4, 4)).save(tmp_path / "a.png")
    elif fault == "empty class":
        write_class_folders(tmp_path, 3)
        (tmp_path / "void").mkdir()
    elif fault == "single":
        write_class_folders(tmp_path, 1)
    elif fault == "strange":
        write_class_folders(tmp_path / "train", 3)
        write_class_folders(tmp_path / "val", 3, ("cat", "emu"))
    with pytest.raises(DataError) as caught:
        _open(f"folder:{tmp_path}")
    assert sentence in str(caught.value)


def test_a_large_folder_gives_the_same_batches_from_the_disk(tmp_path: Path) -> None:
    write_class_folders(tmp_path, 8)
    kept, large = (_open(f"folder:{tmp_path}", memory_bytes=memory) for memory in (2**30, 0))
    assert isinstance(large.train, FilePictures)
    assert torch.equal(kept.mean, large.mean)
    order = torch.randperm(len(kept.train.labels))
    for one, other in zip(kept.train.batches(order, 5), large.train.batches(order, 5), strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
        assert torch.equal(one.indices, other.indices)


def test_a_large_folder_counts_what_it_leaves_out_and_ends_when_nothing_is_left(tmp_path: Path) -> None:
    write_class_folders(tmp_path, 6)
    data = _open(f"folder:{tmp_path}", memory_bytes=0)
    assert isinstance(data.train, FilePictures)
    data.train.paths[3].write_bytes(b"broken since")
    (batch,) = data.train.batches(torch.arange(15), 15)
    assert (len(batch.images), len(batch.labels)) == (14, 14)
    assert str(data.train.paths[3]) in batch.unreadable[0]
    with pytest.raises(DataError, match="cannot be read"):
        list(data.train.batches(torch.tensor([3]), 1))


def test_batches_are_the_same_whatever_the_number_of_workers(tmp_path: Path) -> None:
    write_class_folders(tmp_path, 40)
    data = _open(f"folder:{tmp_path}", memory_bytes=0)
    assert isinstance(data.train, FilePictures)
    data.train.paths[50].write_bytes(b"broken since")
    order = torch.randperm(102, generator=torch.Generator().manual_seed(1))
    walks = [
        list(dataclasses.replace(data.train, workers=count).batches(order, 37)) for count in (1, 2, 3)
    ]  # pieces of 16 end within batches
    assert [len(batch.labels) for batch in walks[0]] in ([36, 37, 28], [37, 36, 28], [37, 37, 27])
    for other in walks[1:]:
        for one, same in zip(walks[0], other, strict=True):
            assert torch.equal(one.images, same.images)
            assert torch.equal(one.indices, same.indices)
            assert one.unreadable == same.unreadable


def _killed(pool: Pool) -> None:
    os.kill(pool.pids[0], signal.SIGKILL)


def _hung(pool: Pool) -> None:
    for pid in pool.pids:
        os.kill(pid, signal.SIGSTOP)


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [(_killed, r"was killed by signal 9, over .*\.png"), (_hung, r"has been silent for 1 s over .*\.png")],
)
def test_a_dead_or_hung_worker_is_one_sentence_and_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[Pool], None], sentence: str
) -> None:
    write_class_folders(tmp_path, 60)
    data = _open(f"folder:{tmp_path}", memory_bytes=0)
    assert isinstance(data.train, FilePictures)
    started: list[Pool] = []
    enter = Pool.__enter__

    def watched(pool: Pool) -> Pool:
        started.append(enter(pool))
        return pool

    monkeypatch.setattr(Pool, "__enter__", watched)
    walk = dataclasses.replace(data.train, workers=2).batches(torch.arange(150), 5)
    next(walk)
    pids = started[0].pids
    fault(started[0])
    if fault is _hung:
        monkeypatch.setattr("hybridgraph.data.workers.pool.PATIENCE_S", 1.0)
    with pytest.raises(DataError, match=sentence) as caught:
        list(walk)
    assert caught.value.message.endswith(".")
    assert not any(map(psutil.pid_exists, pids))


def test_pictures_that_have_gone_are_one_sentence(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "set", 6)
    data = _open(f"folder:{tmp_path / 'set'}", memory_bytes=0)
    (tmp_path / "set").rename(tmp_path / "unplugged")
    with pytest.raises(
        DataError, match=r"The pictures have gone: the folder .*/set/\w+ is no longer there"
    ) as caught:
        list(data.train.batches(torch.arange(15), 5))
    assert "resume" in caught.value.hint


def test_the_reading_of_pictures_can_be_ended(tmp_path: Path) -> None:
    write_class_folders(tmp_path, 6)

    def refuse(done: int, everything: int) -> None:
        raise InterruptedError(f"{done} of {everything}")

    with pytest.raises(InterruptedError, match="18 of 18"):
        _open(f"folder:{tmp_path}", on_progress=refuse)


def test_pixels_that_would_not_fit_into_memory_are_fitted_as_they_are_needed(idx_folder: Path) -> None:
    kept, large = (
        _open(f"idx:{idx_folder}", image_size=20, channels_in=3, memory_bytes=most) for most in (2**30, 1000)
    )
    assert isinstance(large.train, PixelPictures)
    assert large.classes == kept.classes
    assert torch.equal(torch.cat((large.mean, large.std)), torch.cat((kept.mean, kept.std)))
    assert "brought to 20 px as they are needed" in large.notes[-1]
    assert large.digest == _open(f"idx:{idx_folder}", image_size=11, memory_bytes=1000).digest
    order = torch.randperm(96, generator=torch.Generator().manual_seed(0))
    for one, other in zip(kept.train.batches(order, 10), large.train.batches(order, 10), strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)


@pytest.mark.parametrize(("stray", "gap"), [(255, "3 to 254"), (9, "3 to 8")])
def test_a_label_far_beyond_the_others_is_one_sentence(idx_folder: Path, stray: int, gap: str) -> None:
    labels = np.arange(96) % 3
    labels[17] = stray
    write_idx(idx_folder / "train-labels-idx1-ubyte.gz", labels)
    with pytest.raises(DataError, match=f"Training picture 17 .* has the label {stray}, but none has {gap}"):
        _open(f"idx:{idx_folder}")


def test_a_class_without_pictures_is_warned_of(idx_folder: Path) -> None:
    labels = np.arange(96) % 3 + 1  # letters are numbered from 1 in some releases
    write_idx(idx_folder / "train-labels-idx1-ubyte.gz", labels)
    data = _open(f"idx:{idx_folder}")
    assert data.classes == ("0", "1", "2", "3")
    assert data.warnings == ("No picture for training of '0': nothing is learned about it.",)
