"""Print the versions of everything our requirements need, as they are installed in the environment this runs in.

    .venv/bin/python tools/constraints.py > constraints.txt

Only what pyproject.toml asks for, and what that needs in turn, is listed; other packages of the environment are not.
"""

import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
HEADER = "# Made by tools/constraints.py: the versions everything was tested with."


def required(project: dict) -> list[Requirement]:
    """The requirements of the package and of all its extras."""
    extras = project["optional-dependencies"].values()
    return [Requirement(line) for line in [*project["dependencies"], *(line for lines in extras for line in lines)]]


def needs(requirement: Requirement) -> list[Requirement]:
    """What an installed distribution asks for on this platform, with the extras that were wanted of it."""
    asked = [Requirement(line) for line in distribution(requirement.name).requires or []]
    extras = requirement.extras or {""}
    return [
        one for one in asked if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras)
    ]


def closure(wanted: list[Requirement]) -> dict[str, str]:
    """Name to version, of all that is reached."""
    versions: dict[str, str] = {}
    seen: set[str] = set()
    while wanted:
        requirement = wanted.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        try:
            versions[canonicalize_name(requirement.name)] = distribution(requirement.name).version
            wanted += needs(requirement)
        except PackageNotFoundError:
            print(f"# not installed here: {requirement.name}")
    return versions


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    print(HEADER)
    for name, version in sorted(closure(required(project)).items()):
        print(f"{name}=={version}")
