import pytest

from packages_app.domain.similarity import Lookalike, compare


@pytest.mark.parametrize(
    ("name", "other", "pattern", "severity"),
    [
        ("Lodash", "lodash", "case", "high"),
        ("google/Gemma-2B", "google/gemma-2b", "case", "high"),
        ("bert_base_uncased", "bert-base-uncased", "separators", "medium"),
        ("bertbaseuncased", "bert-base-uncased", "separators", "medium"),
        ("bert--base-uncased", "bert-base-uncased", "separators", "medium"),
        ("google-bert/bert.base.uncased", "google-bert/bert-base-uncased", "separators", "medium"),
        ("l0dash", "lodash", "homoglyph", "high"),
        ("ax1os", "axios", "homoglyph", "high"),
        ("axlos", "axios", "homoglyph", "high"),
        ("learn-tools", "leam-tools", "homoglyph", "high"),
        ("vvhisper-tiny", "whisper-tiny", "homoglyph", "high"),
        ("bеrt-base", "bert-base", "homoglyph", "high"),
        ("someone/r0berta-large", "FacebookAI/roberta-large", "homoglyph", "high"),
        ("tensorfow", "tensorflow", "typo", "high"),
        ("tensorflwo", "tensorflow", "typo", "high"),
        ("tensrflwo", "tensorflow", "typo", "medium"),
        ("pytroch", "pytorch", "typo", "high"),
        ("transfomer", "transformers", "typo", "medium"),
        ("raect", "react", "typo", "medium"),
        ("jset", "jest", "typo", "medium"),
        ("dailgo", "dialog", "typo", "medium"),
        ("acme/tiny-modle", "acme/tiny-model", "typo", "medium"),
        ("@types/nodee", "@types/node", "typo", "medium"),
        ("acme/lerge-model", "acme/large-model", "typo", "medium"),
        ("acme/bert-bert-base", "acme/bert-base", "words", "medium"),
        ("7b-mistral", "mistral-7b", "words", "medium"),
        ("bert-base-uncasd", "bert-base-uncased", "typo", "high"),
        ("gtp-neo-large", "gpt-neo-large", "typo", "medium"),
        ("bert-whole-maskin-uncasd", "bert-whole-masking-uncased", "typo", "medium"),
        ("google-bert/bert-base-uncasd", "google-bert/bert-base-uncased", "typo", "high"),
        ("bert-base-uncasd", "google-bert/bert-base-uncased", "typo", "low"),
        ("someone/bert-base-uncasd", "google-bert/bert-base-uncased", "typo", "low"),
        ("base-bert-uncased", "bert-base-uncased", "words", "medium"),
        ("bert-bert-base", "bert-base", "words", "medium"),
        ("bert-uncased", "bert-base-uncased", "words", "low"),
        ("bert-base-uncased", "bert-uncased", "words", "low"),
        ("lodash-js", "lodash", "words", "low"),
        ("lodashjs", "lodash", "words", "low"),
        ("official-lodash", "lodash", "words", "low"),
        ("types-node", "@types/node", "scope", "high"),
        ("types/node", "@types/node", "scope", "high"),
        ("@typesnode/x", "@types/nodex", "scope", "high"),
        ("metallama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B", "organisation", "high"),
        ("metallama/anything", "meta-llama/Llama-3.1-8B", "organisation", "medium"),
        ("meta-1lama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B", "organisation", "high"),
        ("opena1/whisper-tiny", "openai/whisper-tiny", "organisation", "high"),
        ("Google/gemma-2b", "google/gemma-2b", "organisation", "high"),
        ("microsft/phi-2", "microsoft/phi-2", "organisation", "high"),
        ("official-google/gemma-2b", "google/gemma-2b", "organisation", "high"),
        ("@bable/core", "@babel/core", "organisation", "high"),
        ("acne/tiny-model", "acme/tiny-model", "organisation", "high"),
        ("google-ai/flan-t5", "google/flan-t5", "organisation", "high"),
        ("llama-meta/Llama-2-7b", "meta-llama/Llama-2-7b", "organisation", "high"),
        ("google-google/gemma-2b", "google/gemma-2b", "organisation", "high"),
        ("mircosfot/phi-2", "microsoft/phi-2", "organisation", "high"),
        ("@langchain/сore", "@langchain/core", "homoglyph", "high"),
    ],
)
def test_lookalikes(name: str, other: str, pattern: str, severity: str) -> None:
    (finding,) = compare(name, other)
    assert (finding.pattern, finding.severity) == (pattern, severity)
    assert [(each.pattern, each.severity) for each in compare(other, name)] == [(pattern, severity)]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("lodash", "lodash"),
        ("", ""),
        ("", "lodash"),
        ("bert-base", "bert-large"),
        ("bert-tiny", "bert-mini"),
        ("bert-base-cased", "bert-base-uncased"),
        ("bart-base", "bert-base"),
        ("org/model-a", "org/model-b"),
        ("one/model-a", "two/model-b"),
        ("model-v1", "model-v2"),
        ("model-1.10", "model-11.0"),
        ("gpt2", "gpt-3"),
        ("mysql", "mysql2"),
        ("llama-2-7b", "llama-2-13b"),
        ("llama-2-7b", "llama-7b"),
        ("flan-t5-xl", "flan-t5-xxl"),
        ("opus-mt-en-de", "opus-mt-de-en"),
        ("react", "react-dom"),
        ("eslint-plugin-react", "eslint-plugin-react-hooks"),
        ("koa", "kea"),
        ("ws", "fs"),
        ("next", "nuxt"),
        ("lodash", "@types/lodash"),
        ("unsloth/Llama-3.1-8B", "meta-llama/Llama-3.1-8B"),
        ("bigscience/bloom-560m", "bigscience/bloomz-560m"),
        ("mistralai/Mixtral-8x7B-v0.1", "mistralai/Mistral-7B-v0.1"),
        ("facebook/bart-base", "FacebookAI/roberta-base"),
        ("HuggingFaceH4/zephyr-7b-beta", "HuggingFaceTB/SmolLM-135M"),
        ("vue", "vuejs"),
        ("yolov8n", "yolov8s"),
        ("google-ai/flan-t5", "google/gemma-2b"),
        ("acne/other-model", "acme/tiny-model"),
        ("ab/model", "ac/model"),
        ("team1/model", "team2/model"),
        ("mircosfot/other", "microsoft/phi-2"),
        ("translate-en-de", "translate-de-en"),
    ],
)
def test_families_and_strangers_are_no_lookalikes(name: str, other: str) -> None:
    assert (compare(name, other), compare(other, name)) == ((), ())


def test_finding_says_why() -> None:
    assert compare("l0dash", "lodash") == (
        Lookalike("homoglyph", "high", "'l0dash' is 'lodash' in letters that look alike."),
    )
