"""What a Trainer knows of its model, as keywords of `publish`."""
from __future__ import annotations

import os
import re
from typing import Any, Dict, List, Optional, Sequence, Union

HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?")
CARD_KEYS = {"dataset_name": "datasets", "dataset": "datasets", "dataset_tags": "datasets", "language": "languages",
             "license": "license", "model_name": "model_name", "tags": "tags", "finetuned_from": "base"}
"""Arguments of the stock `create_model_card`, and of `push_to_hub`, by the keyword of `publish`."""


def listed(value: Union[None, str, Sequence[str]]) -> List[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def merged(*lists: Union[None, str, Sequence[str]]) -> List[str]:
    """All of them in order, none twice."""
    return list(dict.fromkeys(item for each in lists for item in listed(each)))


def base_of(model: Any) -> Optional[str]:
    """What the model was made from: a Hub id or a folder; None where the model does not say."""
    adapters = getattr(model, "peft_config", None)
    if isinstance(adapters, dict) and adapters:
        name = getattr(next(iter(adapters.values())), "base_model_name_or_path", None)
    else:
        name = getattr(getattr(model, "config", None), "_name_or_path", None)
    if not isinstance(name, str) or not name:
        return None
    return name if os.path.isdir(name) or HUB_ID.fullmatch(name) else None


def tags_of(trainer: Any) -> List[str]:
    return merged(getattr(trainer, "_tag_names", None), getattr(trainer.model, "model_tags", None))


def hub_settings(trainer: Any) -> Dict[str, Any]:
    """Where the training's own settings would have pushed to."""
    args = trainer.args
    return {"to": getattr(trainer, "hub_model_id", None) or args.hub_model_id, "private": args.hub_private_repo,
            "revision": getattr(args, "hub_revision", None), "token": args.hub_token}


def of_card(words: Dict[str, Any]) -> Dict[str, Any]:
    """The keywords of a stock card as those of `publish`; what has no place there is left out."""
    found: Dict[str, Any] = {}
    for key, value in words.items():
        name = CARD_KEYS.get(key)
        if name is None or value is None:
            continue
        found[name] = merged(found.get(name), value) if name in ("datasets", "languages", "tags") else value
    return found
