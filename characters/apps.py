from django.apps import AppConfig


class CharactersConfig(AppConfig):
    name = "characters"

    def ready(self) -> None:
        from billing import conditions as counter
        from characters import conditions

        counter.register("storyline", conditions.of_storyline)
        counter.register("lock", conditions.of_lock)
