"""Loads the scripts of models/, which is no package."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

MODELS = Path(__file__).resolve().parents[2] / "models"


def script(name: str) -> ModuleType:
    if str(MODELS) not in sys.path:
        sys.path.insert(0, str(MODELS))
    return importlib.import_module(name)
