"""Settings of the background work."""

from __future__ import annotations

import pytest

from portal.config import Settings, SettingsError


def queue(tmp_path, **environ):
    return Settings.from_environment(environ, root=tmp_path).queue


def test_tasks_wait_in_a_file_unless_the_database_is_one_that_machines_share(tmp_path):
    assert queue(tmp_path).url == f"sqlite:///{tmp_path}/var/queue.sqlite"
    shared = "postgresql://portal@db.example/portal"
    assert queue(tmp_path, DATABASE_URL=shared).url == shared
    assert queue(tmp_path, DATABASE_URL=shared, QUEUE_URL="redis://redis.example/0").url == "redis://redis.example/0"


def test_a_worker_has_two_batches_in_hand_where_the_database_has_several_writers(tmp_path):
    shared = "postgresql://portal@db.example/portal"
    assert [queue(tmp_path).close_at_once, queue(tmp_path, DATABASE_URL=shared).close_at_once] == [1, 2]
    assert queue(tmp_path, CLOSE_AT_ONCE="4").close_at_once == 4


def test_a_day_is_left_for_late_usage_and_a_document_has_a_minute_and_2_gb(tmp_path):
    settings = queue(tmp_path)
    assert (settings.close_after_days, settings.document_processes) == (1, 2)
    assert (settings.document_seconds, settings.document_megabytes) == (60, 2048)
    assert queue(tmp_path, CLOSE_AFTER_DAYS="0").close_after_days == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUEUE_URL", "mysql://db.example/queue"),
        ("QUEUE_URL", "queue.sqlite"),
        ("QUEUE_URL", "sqlite://"),
        ("CLOSE_AFTER_DAYS", "28"),
        ("CLOSE_AT_ONCE", "0"),
        ("DOCUMENT_PROCESSES", "0"),
        ("DOCUMENT_SECONDS", "1.5"),
        ("DOCUMENT_MEGABYTES", "100"),
    ],
)
def test_a_malformed_setting_is_refused_by_its_name(tmp_path, name, value):
    with pytest.raises(SettingsError, match=f"^{name}: "):
        queue(tmp_path, **{name: value})


def test_where_tasks_wait_is_not_shown(tmp_path):
    assert "secret" not in repr(queue(tmp_path, QUEUE_URL="redis://:secret@redis.example/0"))
