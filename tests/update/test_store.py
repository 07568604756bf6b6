"""The model store: whole models or none, one of them active."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from edge_agent.errors import ModelRefused, StoreError
from edge_agent.update.store import Store, default_store, resolve


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state", tmp_path / "packaged")


@pytest.fixture
def factory(tmp_path: Path) -> Path:
    """The built-in model, as the package has it."""
    directory = tmp_path / "packaged" / "edge-pose-n"
    (directory / "golden").mkdir(parents=True)
    (directory / "model.tflite").write_bytes(b"factory")
    return directory


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "some.tflite"
    path.write_bytes(b"weights")
    return path


def approve(directory: Path) -> str:
    assert (directory / "model.tflite").is_file()
    return "name: approved\n"


def test_an_installed_model_is_a_directory_with_the_judges_manifest(store: Store, model: Path) -> None:
    directory = store.install("one", model, approve)
    assert directory == store.models / "one"
    assert (directory / "model.tflite").read_bytes() == b"weights"
    assert (directory / "model.yaml").read_text() == "name: approved\n"
    assert store.names() == ("one",)


def test_a_directory_brings_its_golden_inputs_and_nothing_else(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "golden").mkdir(parents=True)
    for name in ("model.tflite", "model.yaml", "golden/golden.yaml", "golden/a.png", "golden/b.png", "run-me.sh"):
        (source / name).write_text(name)
    directory = store.install("one", source, approve, ("golden.yaml", "a.png"))
    installed = sorted(str(each.relative_to(directory)) for each in directory.rglob("*") if each.is_file())
    assert installed == ["golden/a.png", "golden/golden.yaml", "model.tflite", "model.yaml"]


@pytest.mark.parametrize("linked", ["model.tflite", "model.yaml", "golden", "golden/a.png"])
def test_a_link_in_a_directory_is_not_copied(store: Store, tmp_path: Path, linked: str) -> None:
    source, elsewhere = tmp_path / "source", tmp_path / "elsewhere"
    (source / "golden").mkdir(parents=True)
    for name in ("model.tflite", "model.yaml", "golden/a.png"):
        (source / name).write_text(name)
    (source / linked).rename(elsewhere)
    (source / linked).symlink_to(elsewhere)
    with pytest.raises(StoreError, match=f"{source / linked}: a symbolic link"):
        store.install("one", source, approve, ("a.png",))
    assert [each.name for each in store.models.iterdir()] == [".lock"]


def test_a_pipe_in_a_directory_is_not_copied(store: Store, tmp_path: Path) -> None:
    (tmp_path / "golden").mkdir()
    (tmp_path / "model.tflite").write_text("weights")
    os.mkfifo(tmp_path / "golden" / "a.png")
    with pytest.raises(StoreError, match="not a regular file"):
        store.install("one", tmp_path, approve, ("a.png",))


def test_a_file_may_be_named_by_a_link(store: Store, model: Path, tmp_path: Path) -> None:
    (tmp_path / "link.tflite").symlink_to(model)
    assert (store.install("one", tmp_path / "link.tflite", approve) / "model.tflite").read_bytes() == b"weights"


def test_a_refused_model_leaves_nothing(store: Store, model: Path) -> None:
    def refuse(_: Path) -> str:
        raise ModelRefused("no")

    with pytest.raises(ModelRefused):
        store.install("one", model, refuse)
    assert store.names() == ()
    assert [each.name for each in store.models.iterdir()] == [".lock"]


def test_a_power_cut_while_installing_leaves_nothing_that_lasts(store: Store, model: Path) -> None:
    store.install("one", model, approve)
    left = store.models / ".staging-cut"
    left.mkdir()
    (left / "model.tflite").write_bytes(b"half")
    (store.models / ".staging-active").symlink_to("nowhere")
    assert store.names() == ("one",)
    store.activate("one")
    assert not left.exists()
    assert store.active() == "one"


def test_a_name_is_taken_once(store: Store, model: Path) -> None:
    store.install("one", model, approve)
    with pytest.raises(StoreError, match="already installed"):
        store.install("one", model, approve)


@pytest.mark.parametrize("name", ["", "active", "../up", "a/b", ".hidden", "Upper", "x" * 65])
def test_a_name_cannot_leave_the_store(store: Store, model: Path, name: str) -> None:
    with pytest.raises(StoreError, match="cannot be a model's name"):
        store.install(name, model, approve)


def test_the_pointer_always_points_at_a_whole_model(store: Store, model: Path) -> None:
    store.install("one", model, approve)
    store.install("two", model, approve)
    assert store.active() is None
    store.activate("one")
    store.activate("two")
    assert store.active() == "two"
    assert store.slots().last_good == store.slot("one")
    assert store.directory("active") == store.models / "two"
    assert store.names() == ("one", "two")
    with pytest.raises(StoreError, match="no model 'three'"):
        store.activate("three")
    assert store.active() == "two"


def test_the_active_model_stays(store: Store, model: Path) -> None:
    store.install("one", model, approve)
    store.install("two", model, approve)
    store.activate("one")
    for name in ("one", "active"):
        with pytest.raises(StoreError, match="'one' is active"):
            store.remove(name)
    store.remove("two")
    assert store.names() == ("one",)


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path, model: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="--store DIR"):
        Store(tmp_path / "file", tmp_path).install("one", model, approve)


def test_a_model_is_meant_by_path_by_directory_or_by_name(store: Store, model: Path) -> None:
    directory = store.install("one", model, approve)
    installed = directory / "model.tflite"
    assert resolve(str(model), store, ()) == model
    assert resolve(str(directory), store, ()) == installed
    assert resolve("one", store, ()) == installed
    with pytest.raises(StoreError, match=rf"no model is active in {store.models}, .*--store DIR \(state_dir"):
        resolve("active", store, ())
    store.activate("one")
    assert resolve("active", store, ()) == installed


@pytest.mark.usefixtures("factory")
def test_the_factory_model_stands_in_for_an_active_one_that_was_deleted(
    store: Store, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store.install("one", model, approve)
    store.activate("one")
    shutil.rmtree(store.models / "one")
    assert resolve("active", store, ()).read_bytes() == b"factory"
    assert "the model one is gone" in caplog.text


@pytest.mark.usefixtures("factory")
def test_without_a_choice_the_factory_model_is_active(store: Store, model: Path) -> None:
    assert (store.names(), store.built_in(), store.active()) == (("edge-pose-n",), ("edge-pose-n",), "edge-pose-n")
    for name in ("active", "edge-pose-n"):
        assert resolve(name, store, ()).read_bytes() == b"factory"
    store.install("one", model, approve)
    store.activate("one")
    assert resolve("active", store, ()).read_bytes() == b"weights"
    store.activate("edge-pose-n")
    assert store.active() == "edge-pose-n"
    store.remove("one")


@pytest.mark.usefixtures("factory")
def test_the_factory_model_cannot_be_removed_or_replaced(store: Store, model: Path) -> None:
    with pytest.raises(StoreError, match="'edge-pose-n' came with the agent and stays"):
        store.remove("edge-pose-n")
    with pytest.raises(StoreError, match="already installed"):
        store.install("edge-pose-n", model, approve)
    assert resolve("edge-pose-n", store, ()).read_bytes() == b"factory"


def test_an_installation_without_its_factory_model_says_what_to_do(store: Store) -> None:
    assert store.active() is None
    with pytest.raises(StoreError, match=r"edge-pose-n is missing from .*packaged; install the agent again"):
        resolve("active", store, ())


def test_of_the_package_only_models_are_models(store: Store, factory: Path) -> None:
    (factory.parent / "training").mkdir()
    (factory.parent / "golden").mkdir()
    assert store.names() == ("edge-pose-n",)


def test_what_is_not_there_is_suggested(store: Store) -> None:
    with pytest.raises(StoreError, match=r"`edge-agent model add yolo-a`"):
        resolve("yolo-a", store, ("yolo-a", "yolo-b"))
    with pytest.raises(StoreError, match=r"did you mean yolo-a.*edge-agent model add"):
        resolve("yolo_a", store, ("yolo-a", "other"))
    with pytest.raises(StoreError, match="no such file"):
        resolve("/nowhere/at/all.tflite", store, ())


def test_the_default_store_depends_on_who_asks() -> None:
    assert default_store({"EDGE_AGENT_STATE": "/a"}, root=True) == Path("/a")
    assert default_store({}, root=True) == Path("/var/lib/edge-agent")
    assert default_store({"XDG_STATE_HOME": "/b"}, root=False) == Path("/b/edge-agent")
    assert default_store({}, root=False) == Path("~/.local/state/edge-agent").expanduser()


def test_a_path_that_cannot_be_looked_at_is_told(store: Store) -> None:
    with pytest.raises(StoreError, match="File name too long; a model and its store must be readable"):
        resolve("x" * 300, store, ())
    with pytest.raises(StoreError, match="File name too long"):
        Store(Path("x" * 300)).names()
    with pytest.raises(StoreError, match="File name too long"):
        Store(Path("x" * 300)).active()
