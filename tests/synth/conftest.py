"""What several test modules of the synthesis share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.scripted_teacher import teaching
from tests.synth.running import lines, made, succeed
from tests.synth.whole import Whole, mini, prepare


@pytest.fixture(scope="session", params=["gsm8k", "mini"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """200 training questions of GSM8K; where these are not at hand, at least 40 of our own."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "gsm8k":
        questions = lines(request.getfixturevalue("data_dir") / "gsm8k" / "train.jsonl")[:200]
    else:
        questions = mini(40)
    with teaching(latency=(0.0, 0.02)) as (served, teacher):
        setting, recorded = prepare(folder, questions, served.url)
        succeed(setting.run(folder / "out"))
        yield Whole(setting, teacher, made(folder / "out"), questions, recorded, dict(served.stats.answered))
