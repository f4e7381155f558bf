"""randaemon: drop RAN documentation into a folder, get a traceable dataset and a fine-tuned local model."""

__version__ = "0.1.0"
