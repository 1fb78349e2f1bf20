from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from chat import database


async def test_the_reader_s_language_and_hour_reach_a_database_thread(settings):
    settings.CHAT_DB_THREADS = 1

    with translation.override("zh-hans"), timezone.override(ZoneInfo("Asia/Tokyo")):
        seen = await database.run(lambda: (translation.get_language(), timezone.get_current_timezone_name()))

    assert seen == ("zh-hans", "Asia/Tokyo")
