"""Static files as production serves them: fingerprinted, compressed, and a stylesheet's imports in one file."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

from .cascade import IMPORT, LAYERS, ranked


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Collects as WhiteNoise does, after each `@import url("x.css") layer(y);` was replaced by the file itself,
    with a weight in place of the layer.

    The files stay as they are written, and are served one by one while developing: there is nothing to build.
    """

    def post_process(self, paths: dict[str, tuple], dry_run: bool = False, **options: Any) -> Any:
        if not dry_run:
            for name in [name for name in paths if name.endswith(".css")]:
                self._bundle(name, paths)
        yield from super().post_process(paths, dry_run, **options)

    def _bundle(self, name: str, paths: dict[str, tuple]) -> None:
        text = _read(paths[name])
        folder = name.rpartition("/")[0]
        bundled = IMPORT.sub(lambda found: self._layer(f"{folder}/{found[1]}", found[2], paths), text)
        if bundled != text:
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(bundled)
            paths[name] = (self, name)

    @staticmethod
    def _layer(name: str, layer: str, paths: dict[str, tuple]) -> str:
        return ranked(_read(paths[name]), LAYERS.index(layer))


def _read(place: tuple) -> str:
    storage, path = place
    with storage.open(path) as file:
        return file.read().decode()
