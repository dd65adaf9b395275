"""Files of reports/ in the form that their stages write, with numbers made up from the sample's gains."""

import random
from collections.abc import Mapping
from typing import Any

WORDS = ("jensen_shannon", "vocabulary", "unknown_words", "proxy_a")
FEATURES = ("centroid", "spread", "otdd")


def distances(gains: Mapping[str, Any]) -> dict[str, Any]:
    """reports/evidence/distances.json for the pairs of reports/gains.json; the last pair could not be measured."""
    draw = random.Random(1)

    def told(name: str) -> dict[str, Any]:
        value = draw.uniform(0.2, 0.9)
        return {"value": value, "floor": value / 3, "above_floor": value * 2 / 3, "rows": 50, "repeats": 3}

    entries = list(gains["gains"].values())
    keys = list(dict.fromkeys((entry["task"], entry["target"], entry["start"]) for entry in entries))
    models = list(dict.fromkeys(entry["model"] for entry in entries))
    pairs: list[dict[str, Any]] = [
        {
            **dict(zip(("task", "target", "start"), key, strict=True)),
            "reason": None,
            "words": {name: told(name) for name in WORDS},
            "models": [{"model": model, "distances": {name: told(name) for name in FEATURES}} for model in models],
        }
        for key in keys
    ]
    pairs[-1] |= {"reason": "The training rows of paws are not in this tree.", "words": None, "models": []}
    pairs[0]["words"]["proxy_a"] = "one of the corpora is too small to be halved"
    known = {"syntax": 0.188, "phonology": 0.3, "geography": 0.01}
    return {
        "about": [{"measures": {name: f"what {name} is" for name in (*WORDS, *FEATURES)}}],
        "pairs": pairs,
        "languages": [
            {"start": "en", "target": "en", "distances": known, "reason": None},
            {"start": "en", "target": "fr", "distances": known, "reason": None},
            {"start": "en", "target": "qq", "distances": None, "reason": "URIEL has no data of the language 'qq'."},
        ],
        "tokenizers": [
            {
                "model": "bert",
                "languages": {"en": {"words": 9, "fertility": 1.25, "cut": 0.2, "unknown": 0.01}},
                "overlap": {"en-en": 1.0},
            }
        ],
    }


def predictors(best: float = 0.1) -> dict[str, Any]:
    """reports/evidence/predictors.json, where the mean of other targets has an error of .2 and LogME one of `best`."""
    judged = {"observations": 18, "spearman": 0.4, "kendall": 0.3, "regret": 0.02, "note": None}
    return {
        "about": [{"predictors": {"logme": "LogME (You et al. 2021)", "target_rows": "rows"}}],
        "cells": [],
        "judged": [
            {
                "observations": 18,
                "targets": 6,
                "predictors": {
                    "logme": {**judged, "error": best},
                    "target_rows": {
                        **judged,
                        "spearman": None,
                        "kendall": None,
                        "error": 0.3,
                        "note": "it does not vary",
                    },
                },
                "baselines": {
                    "never": {"regret": 0.03, "error": None},
                    "always": {"regret": 0.05, "error": None},
                    "mean_gain": {"regret": 0.04, "error": 0.2},
                },
            }
        ],
    }


def studies() -> dict[str, Any]:
    """reports/studies.json with one answer and one that cannot be given."""
    row = {
        "target": "pawsx",
        "start": "paws",
        "model": "bert",
        "log10_flops": 6.5,
        "gain": 0.1,
        "low": None,
        "high": None,
    }
    return {
        "note": "",
        "studies": {
            "size": {
                "question": "What does size do?",
                "said": True,
                "sentence": "The gain grows by +.020 with each tenfold.",
                "rows": [row],
                "summary": {},
                "notes": ["Two sizes."],
                "figure": "studies/size.svg",
                "figure_text": "Gains against size.",
            },
            "controls": {
                "question": "What helps?",
                "said": False,
                "sentence": "It cannot be said from this study: it has no controls.",
                "rows": [],
                "summary": {},
                "notes": [],
                "figure": None,
            },
        },
    }


def second_opinions(gains: Mapping[str, Any]) -> dict[str, Any]:
    """reports/evidence/second_opinions.json: one test of each kind for every gain, and ranks of two models."""
    said = {"gain": 0.1, "low": -0.1, "high": 0.3, "p": 0.2}
    asked = [
        {
            **{key: entry[key] for key in ("task", "target", "start", "model", "verdict")},
            "mcc": said,
            "bootstrap": {"accuracy": said},
            "randomisation": {"accuracy": {**said, "p": 0.0001}},
            "mcnemar": [
                {"seed": "1", "fixed": 1, "broken": 2, "p": 1.0},
                {"seed": "2", "fixed": 9, "broken": 0, "p": 0.004},
            ],
            "detectable": {"gain": None, "reason": "no interval"},
        }
        for entry in gains["gains"].values()
    ]
    label = "corrected resampled t-test, over folds"
    asked[0]["repeated_cv"] = {**said, "label": label, "folds": 5, "repeats": 2, "reason": None}
    systems = [{"system": "bert IF", "rank": 2.5}, {"system": "bert F", "rank": 1.5}]
    ranking = {"reason": None, "systems": systems, "p": 0.03, "critical_difference": 1.5}
    return {"about": [{"tests": {"mcnemar": "what mcnemar is"}}], "gains": asked, "study": [{"ranking": ranking}]}
