"""The source that a line is told to read."""

from onlinecei.errors import SetupError
from onlinecei.files.opening import holds_runs
from onlinecei.stream.addresses import needs_keys
from onlinecei.stream.config import FileSource, KaraboSource, LineConfig
from onlinecei.stream.sources.facility import SocketSource
from onlinecei.stream.sources.folder import FolderSource
from onlinecei.stream.sources.karabo import BridgeSource
from onlinecei.stream.sources.run import RunSource
from onlinecei.stream.sources.source import Source


def open_source(config: LineConfig) -> Source:
    """Open the source of a line; `CEIError` where that cannot be done."""
    source = config.source
    if isinstance(source, FileSource):
        if source.growing or (source.path.is_dir() and holds_runs(source.path)):
            return FolderSource(source.path, config.hits_per_batch, growing=source.growing, idle_s=source.idle_s)
        return RunSource(source.path, config.hits_per_read, config.setup_text)
    if isinstance(source, KaraboSource):
        return _bridges(source, config)
    # the keys that are said are those of the doors; on this machine a server need not have any
    return SocketSource(source.endpoint, source.run, keys=config.keys if needs_keys(source.endpoint) else None)


def _bridges(source: KaraboSource, config: LineConfig) -> BridgeSource:
    section = config.setups[0].source
    if section is None or section.kind != "karabo":
        raise SetupError("the setup does not say what the sources of the bridge are called: add [source]")
    return BridgeSource(section, source.endpoints or section.endpoints, source.run)
