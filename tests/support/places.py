"""Where cold blocks may lie, as a test sees it: a folder or a bucket, each with a second place, each able to misbehave."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import obstore
import pytest
from obstore.exceptions import GenericError
from obstore.store import LocalStore

from support.s3 import ACCESS, Line, Mood, Moody, S3Server


class Place(Protocol):
    """`archive` and `copy` are settings. Names are those of objects in the archive, or in its copy."""

    archive: str
    copy: str
    mood: Mood
    """Of the archive alone; the copy is always well."""

    def names(self, *, copy: bool = False) -> list[str]: ...

    def read(self, name: str) -> bytes: ...

    def write(self, name: str, content: bytes) -> None: ...

    def remove(self, name: str) -> None: ...


class Folder(Moody):
    """Two folders. What a bad mount does is done to obstore's functions, as nobody can slow a folder down."""

    def __init__(self, folder: Path, patched: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._main, self._copy = folder / "cold", folder / "copy"
        self.archive, self.copy = str(self._main), str(self._copy)
        for name in ("get_async", "put_async", "delete_async"):
            patched.setattr(obstore, name, self._moody(getattr(obstore, name)))
        patched.setattr(obstore, "list", self._listing(obstore.list))

    def names(self, *, copy: bool = False) -> list[str]:
        root = self._copy if copy else self._main
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def read(self, name: str) -> bytes:
        return (self._main / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        (self._main / name).write_bytes(content)

    def remove(self, name: str) -> None:
        (self._main / name).unlink()

    def _moody(self, act: Any) -> Any:
        async def acted(store: LocalStore, *given: Any) -> Any:
            if Path(str(store.prefix)) == self._main:
                if self._mood is Mood.SLOW:
                    await self._well.wait()
                elif self._mood is not Mood.WELL:
                    raise GenericError("Input/output error")
            return await act(store, *given)

        return acted

    def _listing(self, act: Any) -> Any:
        def listed(store: LocalStore, **told: Any) -> Any:
            if self._mood is not Mood.WELL and Path(str(store.prefix)) == self._main:
                raise GenericError("Input/output error")
            return act(store, **told)

        return listed


class Bucket:
    """A bucket of a real server; the line to it is what misbehaves."""

    def __init__(self, server: S3Server, line: Line, bucket: str) -> None:
        self._client, self._line, self._bucket = server.client(), line, bucket
        self.archive, self.copy = f"s3://{bucket}/cold", f"s3://{bucket}/copy"

    @property
    def mood(self) -> Mood:
        return self._line.mood

    @mood.setter
    def mood(self, mood: Mood) -> None:
        self._line.mood = mood

    def names(self, *, copy: bool = False) -> list[str]:
        prefix = "copy/" if copy else "cold/"
        listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix)
        return sorted(each["Key"].removeprefix(prefix) for each in listed.get("Contents", ()))

    def read(self, name: str) -> bytes:
        content: bytes = self._client.get_object(Bucket=self._bucket, Key=f"cold/{name}")["Body"].read()
        return content

    def write(self, name: str, content: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=f"cold/{name}", Body=content)

    def remove(self, name: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=f"cold/{name}")


@asynccontextmanager
async def _bucket(server: S3Server, patched: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    name = f"everkin-{uuid.uuid4().hex}"
    server.client().create_bucket(Bucket=name)
    line = Line(server.port, bucket=name, folder="cold")
    async with await line.open():
        for variable, value in {**ACCESS, "AWS_ENDPOINT_URL": line.endpoint}.items():
            patched.setenv(variable, value)
        yield Bucket(server, line, name)
        line.mood = Mood.WELL


@pytest.fixture(params=["folder", "bucket"])
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    """Each form in turn."""
    if request.param == "folder":
        yield Folder(tmp_path, monkeypatch)
        return
    async with _bucket(request.getfixturevalue("s3_server"), monkeypatch) as bucket:
        yield bucket


__all__ = ["Bucket", "Folder", "Mood", "Place", "place"]
