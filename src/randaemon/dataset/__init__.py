"""Datasets: sealing candidates into a version, and exporting a version. Pure but for the export's own files."""

from randaemon.dataset.issues import superseded
from randaemon.dataset.sealing import SealSettings, Version, seal

__all__ = ["SealSettings", "Version", "seal", "superseded"]
