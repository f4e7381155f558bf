"""The tree of settings: every section, key, default and bound.

`config/randaemon.toml` holds every key with its default and a comment; a test keeps the two equal. Unknown keys are
refused. Inner modules never see this tree: `wiring` hands each its own small policy.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

Seconds = float


class Section(BaseModel):
    """Keys that belong together: a table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class InboxSettings(Section):
    """When a file in the inbox counts as finished."""

    settle_seconds: Seconds = Field(2.0, ge=0)
    scan_seconds: Seconds = Field(60.0, gt=0)
    empty_wait_seconds: Seconds = Field(30.0, ge=0)
    truncated_wait_seconds: Seconds = Field(600.0, ge=0)


class PoolSettings(Section):
    """How much runs at once and how patient we are."""

    workers: int = Field(0, ge=0, le=64)  # 0: one a core, at most 4
    attempts: int = Field(3, ge=1, le=10)
    timeouts: int = Field(2, ge=1, le=10)
    backoff_seconds: tuple[Seconds, ...] = (5.0, 30.0)
    poll_seconds: Seconds = Field(30.0, gt=0)


class WorkerSettings(Section):
    """The limits of one parser child."""

    deadline_seconds: Seconds = Field(120.0, gt=0)
    deadline_per_mib_seconds: Seconds = Field(10.0, ge=0)
    deadline_cap_seconds: Seconds = Field(900.0, gt=0)
    memory_mib: int = Field(2048, ge=128)
    recycle_after: int = Field(200, ge=1)


class UnpackSettings(Section):
    """What an archive may hold."""

    max_entries: int = Field(10_000, ge=1)
    max_total_mib: int = Field(2048, ge=1)
    max_member_mib: int = Field(512, ge=1)
    max_ratio: int = Field(200, ge=2)
    max_depth: int = Field(2, ge=1, le=5)


class ConvertSettings(Section):
    """What helps with documents."""

    pdf_models: str = ""


class PreprocessSettings(Section):
    """Which documents are learnt from."""

    languages: tuple[str, ...] = ("en",)


class ConverseSettings(Section):
    """How conversations are made."""

    mode: Literal["", "basic", "cmedit", "grouped", "hybrid"] = ""
    prompts: str = ""


class QualitySettings(Section):
    """What a sample must reach."""

    accept: float = Field(0.5, ge=0, le=1)


class DatasetSettings(Section):
    """How samples become a version."""

    family_threshold: int = Field(60, ge=1)
    valid_share: float = Field(0.05, gt=0, lt=0.5)
    test_share: float = Field(0.05, gt=0, lt=0.5)
    licence: str = "other"
    document_cap: int = Field(5000, ge=1)
    kind_cap: float = Field(0.15, gt=0, le=1)


class TrainingSettings(Section):
    """When to train, on what, and what an adapter must show."""

    enabled: bool = True
    approval: bool = False
    model: str = "mlx-community/Qwen3-1.7B-4bit"
    min_new_samples: int = Field(200, ge=1)
    min_quality: float = Field(0.6, ge=0, le=1)
    cooldown_hours: float = Field(12.0, ge=0)
    quiet_hours: str = Field("", pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$")
    ac_power: bool = True
    min_free_memory_gib: float = Field(2.0, ge=0)
    min_free_disk_gib: float = Field(2.0, ge=0)
    beside_pipeline: bool = False
    allow_download: bool = False
    iterations: int = Field(0, ge=0)  # 0: planned from the data
    batch_size: int = Field(0, ge=0)  # 0: planned from memory
    learning_rate: float = Field(0.0, ge=0)  # 0: planned from the kind of fine-tuning
    max_seq_length: int = Field(0, ge=0)  # 0: from the data
    seed: int = 7
    fine_tune_type: Literal["", "lora", "dora", "full"] = ""
    epochs: float = Field(0.0, ge=0)
    rank: int = Field(0, ge=0)
    scale: float = Field(0.0, ge=0)
    dropout: float = Field(0.0, ge=0, lt=1)
    num_layers: int = Field(0, ge=0)
    grad_accumulation: int = Field(0, ge=0)
    grad_checkpoint: Literal["", "on", "off"] = ""
    warmup: int = Field(0, ge=0)
    weight_decay: float = Field(0.01, ge=0)
    patience: int = Field(3, ge=0)
    memory_gib: float = Field(0.0, ge=0)
    checkpoint_seconds: Seconds = Field(300.0, ge=0)
    keep: int = Field(5, ge=1)


class ModelServerSettings(Section):
    """One model server."""

    provider: Literal["ollama", "openai", "mlx"]
    url: str = ""
    api_key_env: str = ""
    api_key_file: str = ""
    slots: int = Field(4, ge=1, le=64)


_MODEL_SERVERS = {
    "ollama": ModelServerSettings(provider="ollama", url="http://127.0.0.1:11434"),
    "lmstudio": ModelServerSettings(provider="openai", url="http://127.0.0.1:1234"),
    "mlx": ModelServerSettings(provider="mlx", slots=2),
}


class ModelTierSettings(Section):
    """The models of each tier, in the order in which they are asked, as SERVER/MODEL."""

    fast: tuple[str, ...] = ("ollama/qwen3:1.7b", "ollama/llama3.2:1b", "lmstudio/qwen/qwen3-1.7b")
    balanced: tuple[str, ...] = ("ollama/gemma3:4b", "ollama/qwen3:8b", "lmstudio/google/gemma-3-4b")
    quality: tuple[str, ...] = ("ollama/qwen3:30b", "lmstudio/qwen/qwen3-30b-a3b")


class LlmSettings(Section):
    """Language models on servers that help where the rules end."""

    enabled: bool = True
    extract: bool = True
    converse: bool = True
    judge: bool = False
    allow_remote: bool = False
    hard: float = Field(0.6, ge=0, le=1)
    target: float = Field(0.7, ge=0, le=1)
    patience: Seconds = Field(900.0, ge=0)
    keep_days: float = Field(90.0, ge=0)
    context: int = Field(8192, ge=1024)
    connect_seconds: Seconds = Field(3.0, gt=0)
    first_byte_seconds: Seconds = Field(120.0, gt=0)
    idle_seconds: Seconds = Field(30.0, gt=0)
    total_seconds: Seconds = Field(300.0, gt=0)
    batch_seconds: Seconds = Field(60.0, ge=0)
    servers: dict[str, ModelServerSettings] = _MODEL_SERVERS
    tiers: ModelTierSettings = ModelTierSettings()

    @field_validator("servers", mode="before")
    @classmethod
    def _beside_the_defaults(cls, given: object) -> object:
        """A server in the file comes beside those we know; one of the same name takes its place."""
        return {**_MODEL_SERVERS, **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _servers_are_known(self) -> Self:
        for named in (*self.tiers.fast, *self.tiers.balanced, *self.tiers.quality):
            server, slash, model = named.partition("/")
            if server not in self.servers or not slash or not model:
                raise ValueError(f"{named} is no SERVER/MODEL with a server of llm.servers")
        for name, server_settings in self.servers.items():
            if server_settings.provider != "mlx" and not server_settings.url.startswith(("http://", "https://")):
                raise ValueError(f"servers.{name} needs a url such as http://127.0.0.1:11434")
        return self


class NotifySettings(Section):
    """Desktop notifications."""

    enabled: bool = True
    quiet_hours: str = Field("", pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$")
    gap_seconds: Seconds = Field(60.0, ge=0)
    repeat_hours: float = Field(6.0, ge=0)


class AlertSettings(Section):
    """What counts as worse than it should be; 0: never said."""

    window: int = Field(50, ge=20, le=500)
    failed_share: float = Field(0.2, ge=0, lt=1)
    quality_drop: float = Field(0.1, ge=0, lt=1)
    slowdown: float = Field(3.0, ge=0)
    stuck_minutes: float = Field(30.0, ge=0)
    waiting_hours: float = Field(24.0, ge=0)


class MetricsSettings(Section):
    """Figures for Prometheus."""

    port: int = Field(0, ge=0, le=65535)


class LogSettings(Section):
    """The log file, JSON lines."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    rotation_mib: int = Field(10, ge=1)
    keep: int = Field(5, ge=1)
    events: int = Field(500_000, ge=10_000)
    event_days: float = Field(365.0, gt=0)


class BackupSettings(Section):
    """Snapshots of the database."""

    hours: float = Field(6.0, ge=0)
    keep: int = Field(3, ge=1)


class MachineSettings(Section):
    """How much of the machine the work may take."""

    battery_percent: float = Field(20.0, ge=0, le=100)
    memory_mib: int = Field(256, ge=0)
    worker_mib: int = Field(512, ge=1)
    footprint_mib: int = Field(512, ge=64)


class DaemonSettings(Section):
    """The daemon itself."""

    min_free_mib: int = Field(1024, ge=0)
    drain_seconds: Seconds = Field(5.0, ge=0)
    safe_mode_after: int = Field(5, ge=0)
    safe_mode_seconds: Seconds = Field(600.0, ge=0)


class Settings(BaseSettings):
    """All settings of one daemon."""

    model_config = SettingsConfigDict(
        env_prefix="RANDAEMON_", env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True
    )

    profile: Literal["production", "development", "testing"] = "production"
    inbox: InboxSettings = InboxSettings()
    pool: PoolSettings = PoolSettings()
    worker: WorkerSettings = WorkerSettings()
    unpack: UnpackSettings = UnpackSettings()
    convert: ConvertSettings = ConvertSettings()
    preprocess: PreprocessSettings = PreprocessSettings()
    converse: ConverseSettings = ConverseSettings()
    quality: QualitySettings = QualitySettings()
    dataset: DatasetSettings = DatasetSettings()
    training: TrainingSettings = TrainingSettings()
    llm: LlmSettings = LlmSettings()
    notify: NotifySettings = NotifySettings()
    alerts: AlertSettings = AlertSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    backup: BackupSettings = BackupSettings()
    machine: MachineSettings = MachineSettings()
    daemon: DaemonSettings = DaemonSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What it is given and nothing else: `loading` lays the sources over each other."""
        return (init_settings,)
