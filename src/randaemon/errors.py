"""Everything that can go wrong, as one tree.

    RandaemonError                 anything we can explain; exit status 1
    ├── SettingsError              a settings file, variable or flag cannot be used
    ├── NotFoundError              the user named a thing that does not exist; exit status 5
    ├── AlreadyRunningError        another daemon holds the home
    ├── StoreError                 the store refuses or cannot do it
    │   ├── StorageFault           the disk failed a write or a flush: stop, never retry
    │   ├── DatabaseDamaged        state.db is not a database we can trust
    │   └── ArtifactLost           what a stage wrote is gone: that stage has to run again
    ├── Refused                    a document we do not take (empty, encrypted, a bomb): ends `rejected`
    ├── Unreadable                 a document that should have worked and cannot (corrupt): ends `failed`
    ├── WorkerError                a child process did not give a result
    │   ├── WorkerDied             it ended by a signal or an exit status of its own
    │   ├── WorkerTimeout          it was killed at its deadline
    │   ├── WorkerMemory           it was killed at its memory cap
    │   └── WorkerProtocol         what it sent is not our protocol
    ├── TrainingError              a run cannot start, go on or be used
    └── ModelError                 a call of a model server gave no usable answer
        ├── ModelUnavailable       nobody answers there (in time): refused, reset, hung, 5xx
        │   └── ModelOverloaded    it answers that it has too much to do
        ├── ModelMissing           the server works and does not serve this model
        ├── ModelRefused           the server does not take the call
        │   └── ModelUnsent        the call was not made: remote address, key, request too long
        ├── ModelOutputError       the model answered, and not as it was asked
        └── ModelsAway             no server of any tier can be asked before `until`

An error says what happened, to which file, and what to do: `message` is one plain sentence, `hint` the next
action (may be empty), `code` the stable name that tests, logs and notifications carry instead of content.
"""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from typing import Final


class RandaemonError(Exception):
    """Base of every error that randaemon raises on purpose."""

    code = "E_INTERNAL"
    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class SettingsError(RandaemonError):
    """A settings file, variable or flag cannot be used."""

    code = "E_SETTINGS"


class NotFoundError(RandaemonError):
    """The user named a document, sample, run or version that does not exist."""

    code = "E_NOT_FOUND"
    exit_code = 5


class AlreadyRunningError(RandaemonError):
    """Another daemon holds the home's lock."""

    code = "E_RUNNING"


class StoreError(RandaemonError):
    """The store refuses, or cannot do what was asked."""

    code = "E_STORE"


class StorageFault(StoreError):
    """A write or flush failed. The daemon stops: an fsync that failed once proves nothing when repeated."""

    code = "E_STORAGE"


class DatabaseDamaged(StoreError):
    """`state.db` fails its check, or is of a newer release."""

    code = "E_DATABASE"


class ArtifactLost(StoreError):
    """What a stage wrote for a content is missing or has changed on disk; `lifecycle.redo` makes it anew."""

    code = "E_ARTIFACT"

    def __init__(self, message: str, *, digest: str, stage: int) -> None:
        super().__init__(message, hint="it is made anew")
        self.digest = digest
        self.stage = stage


class Refused(RandaemonError):
    """A document we do not take. Always carries a code such as E_EMPTY, E_ENCRYPTED, E_ZIP_BOMB."""

    code = "E_REFUSED"

    @classmethod
    def locked(cls, hint: str = "save it without a password") -> Refused:
        """Of one that does not open without a password."""
        return cls("password protected", hint=hint, code="E_ENCRYPTED")


class Unreadable(RandaemonError):
    """A document of a kind we take that cannot be read. Retrying the same bytes would give the same end."""

    code = "E_CORRUPT"


class WorkerError(RandaemonError):
    """A child process gave no result."""

    code = "E_WORKER"


class WorkerDied(WorkerError):
    """The child ended by a signal or a status of its own."""

    code = "E_WORKER_DIED"


class WorkerTimeout(WorkerError):
    """The child was killed at its deadline."""

    code = "E_TIMEOUT"


class WorkerMemory(WorkerError):
    """The child was killed at its memory cap."""

    code = "E_MEMORY"


class WorkerProtocol(WorkerError):
    """What the child sent is not our protocol (too long, not JSON, wrong shape)."""

    code = "E_PROTOCOL"


class TrainingError(RandaemonError):
    """A training run cannot start, go on, or be used."""

    code = "E_TRAINING"


class ModelError(RandaemonError):
    """A call of a model server gave no usable answer; `endpoint` and `model` say which."""

    code = "E_LLM"
    counts = False  # against the breaker of its endpoint and model
    passing = False  # worth another try within the same attempt

    def __init__(self, message: str, *, hint: str = "", code: str = "", endpoint: str = "", model: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.endpoint = endpoint
        self.model = model


class ModelUnavailable(ModelError):
    """Nobody answers there, or not in time."""

    code = "E_LLM_DOWN"
    counts = True
    passing = True


class ModelOverloaded(ModelUnavailable):
    """The server says that it has too much to do (429, 503)."""

    code = "E_LLM_BUSY"


class ModelMissing(ModelError):
    """The server works and does not serve this model: to be mended by the user, not by waiting."""

    code = "E_LLM_MODEL"


class ModelRefused(ModelError):
    """The server does not take the call: no key, a redirect, a parameter it does not know."""

    code = "E_LLM_REFUSED"


class ModelUnsent(ModelRefused):
    """The call was not made: a remote address, an unreadable key, a request too long. It says nothing of the server."""

    code = "E_LLM_UNSENT"


class ModelOutputError(ModelError):
    """The model answered, and not as it was asked: no JSON, another form, cut off, not a number."""

    code = "E_LLM_OUTPUT"


class ModelsAway(ModelError):
    """No model can be asked now; costs no attempt. Times in seconds since the epoch.

    `until` is when asking again may help, `since` when the last of those that used to answer went down (None: none
    ever answered in this home, so there is nobody to wait for). `tried`: a server got this request and failed over it.
    """

    code = "E_LLM_AWAY"

    def __init__(
        self, message: str, *, until: float, since: float | None = None, hint: str = "", tried: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.tried = tried
        self.until = until
        self.since = since


#: The numbers of an OSError by which a disk says that it is full.
FULL_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
#: What reading a file that was cut off or changed raises, besides errors of a parser's own: "the document is damaged".
DAMAGE: Final = (
    *(ArithmeticError, LookupError, RecursionError, ValueError),
    *(EOFError, struct.error, zipfile.BadZipFile, zlib.error),
)
#: What pdfminer, openpyxl and the like raise on such files too. In code of ours these are defects and must show as
#: such, so they are caught around the parsers of others alone.
STUMBLES: Final = (AssertionError, AttributeError, TypeError)
