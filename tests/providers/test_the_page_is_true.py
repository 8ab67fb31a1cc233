"""The page "when a provider dies" says what the code's tables say."""

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_on_the_page_are_those_of_the_code():
    """If this fails: python tools/draw_providers.py"""
    page = (ROOT / "docs" / "when-a-provider-dies.md").read_text(encoding="utf-8")
    assert tool("draw_providers").drawn(page) == page
    assert "half_open --> closed" in page
