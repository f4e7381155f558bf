"""Asking language models: which server and model answers a request, and what happens when none does.

    models = Models(servers, policy, known=…)     # built by wiring
    reply = await models.answer(request)          # Reply, or ModelsAway with the time to ask again

Policy alone: what speaks to a server is a `ChatModel`, built by `wiring` from `integrations`. Inside, a `Line` is one
model on one server (breaker, limit, token budget, state), `Turns` the order in which the models of a server are called.
"""

from randaemon.llm.models import Choice, Models, ModelsPolicy
from randaemon.llm.states import ModelState

__all__ = ["Choice", "ModelState", "Models", "ModelsPolicy"]
