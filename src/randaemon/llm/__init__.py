"""Asking language models: which server and model answers a request, and what happens when none does.

Policy alone: what speaks to a server is a `ChatModel`, built by `wiring` from `integrations`.
"""
