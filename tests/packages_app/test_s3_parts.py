"""Parts on a server that speaks S3. rclone's streams parts on in their order and can't replace one that it has passed on;
it signs for length, place and time, but passes over checksums."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from packages_app import s3_parts
from packages_app.domain.parts import LEAST_PART_BYTES, HeldPart, cut
from packages_app.storage import S3Objects
from tests.servers.s3 import BUCKET, KEY, SECRET, s3_server

DATA = bytes(range(256)) * (LEAST_PART_BYTES // 256) + b"tail"
FIRST, SECOND = cut(len(DATA), LEAST_PART_BYTES)
AT = "staging/it"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    directory: Path = tmp_path_factory.mktemp("s3")
    with s3_server(directory) as server, pytest.MonkeyPatch.context() as environment:
        for name, value in server.environment.items():
            environment.setenv(name, value)
        yield S3Objects(
            bucket_name=BUCKET,
            endpoint_url=server.url,
            region_name="us-east-1",
            access_key=KEY,
            secret_key=SECRET,
            signature_version="s3v4",
        )


def put(stored: Any, upload: str, part: Any) -> str:
    answer = httpx.put(stored.part_url(AT, upload, part, ""), content=DATA[part.offset : part.offset + part.size])
    assert answer.status_code == 200, answer.text
    return answer.headers["ETag"].strip('"')


def test_parts_become_an_object_that_can_be_looked_into(stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = stored.begin_parts(AT, len(DATA), hashed=False)
    assert stored.held_parts(AT, upload) == []
    first = put(stored, upload, FIRST)
    assert stored.held_parts(AT, upload) == [HeldPart(1, FIRST.size, first)]
    put(stored, upload, SECOND)
    stored.assemble(AT, upload)
    stored.assemble(AT, upload)  # as after a crash
    with stored.peeked(AT) as file:
        assert file.seek(-4, 2) == len(DATA) - 4
        assert file.read() == b"tail"
        file.seek(1000)
        assert file.read(300_000) == DATA[1000:301_000]
        assert (file.seek(0, 2), file.read(1)) == (len(DATA), b"")
    monkeypatch.setattr(s3_parts, "_MOST_READS", 1)
    with stored.peeked(AT) as file:
        file.read(1)
        file.seek(LEAST_PART_BYTES)
        with pytest.raises(s3_parts.TooScattered):
            file.read(1)
    assert (stored.size(AT), [found.key for found in stored.walk("staging/")]) == (len(DATA), [AT])


def test_url_is_for_one_part_of_one_length(stored: Any) -> None:
    upload = stored.begin_parts(AT, len(DATA), hashed=False)
    url = stored.part_url(AT, upload, SECOND, "")
    refused = [
        httpx.put(url, content=b"tail and more"),
        httpx.put(url.replace("partNumber=2", "partNumber=1"), content=b"tail"),
        httpx.put(url.replace("Expires=3600", "Expires=7200"), content=b"tail"),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    stored.abandon_parts(AT, upload)


def test_what_was_begun_is_found_and_given_up(stored: Any) -> None:
    upload = stored.begin_parts("staging/left", len(DATA), hashed=False)
    assert ("staging/left", upload) in list(stored.begun_parts(older_than=timedelta(0)))
    assert list(stored.begun_parts(older_than=timedelta(days=1))) == []
    stored.abandon_parts("staging/left", upload)
    stored.abandon_parts("staging/left", upload)
    assert list(stored.begun_parts(older_than=timedelta(0))) == []


def test_what_is_neither_object_nor_upload_is_told(stored: Any) -> None:
    with pytest.raises(FileNotFoundError):
        stored.assemble("staging/nothing", "no-upload")
    with pytest.raises(FileNotFoundError), stored.peeked("staging/nothing"):
        pass
    stored.write("staging/going", [b"bytes"])
    with stored.peeked("staging/going") as file:
        stored.delete("staging/going")
        with pytest.raises(FileNotFoundError):
            file.read()
