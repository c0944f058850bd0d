"""The one error of the parsers."""


class OrchestratorFileError(Exception):
    """A file of the orchestrator cannot be read.

    `message` is a sentence for people; `location` is the line ("line 12") or the
    key ("key training.quality_targets") it is about, empty for the whole file.
    """

    def __init__(self, message: str, location: str = "") -> None:
        super().__init__(f"{location}: {message}" if location else message)
        self.message = message
        self.location = location
