"""The tiny Qwen3: built here, from the data's own text, in a second and without a download.

A byte-level BPE tokenizer trained on the texts, ChatML as chat template, random weights drawn by seed: a folder that
`mlx_lm.load` opens like any other model. It knows nothing but what it is then trained on, which is what makes an
evaluation of it worth something. Only the training child imports this module: mlx is loaded here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from randaemon.training import checkpoint
from randaemon.training.plan import TinyShape

START, END, PAD = "<|im_start|>", "<|im_end|>", "<|endoftext|>"

#: The chat form of Qwen3 without its tools and thinking parts; the same in training and in serving.
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def build(folder: Path, texts: Iterable[str], shape: TinyShape, seed: int) -> Path:
    """Write the model into `folder` (created; must not hold one yet) and return it. Same input, same bytes.

    Raises TrainingError when the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = _tokenizer(folder, texts, shape.vocabulary)
    config = _config(shape, vocabulary)
    _weights(folder / "model.safetensors", config, shape.norm, seed)
    _write(folder / "config.json", config)
    return folder


def _tokenizer(folder: Path, texts: Iterable[str], size: int) -> int:
    """Train and save the tokenizer; the size it really got (little text has fewer merges)."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END,
        "pad_token": PAD,
        "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE,
    }
    _write(folder / "tokenizer_config.json", settings)
    return int(tokenizer.get_vocab_size())


def _config(shape: TinyShape, vocabulary: int) -> dict[str, object]:
    return {
        "model_type": "qwen3",
        "architectures": ["Qwen3ForCausalLM"],
        "vocab_size": vocabulary,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "intermediate_size": shape.intermediate,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads,
        "head_dim": shape.hidden // shape.heads,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10_000.0,
        "max_position_embeddings": 1024,
        "tie_word_embeddings": True,
        "eos_token_id": 2,  # END: third of the special tokens
        "torch_dtype": "float32",
    }


def _weights(file: Path, config: dict[str, object], norm: float, seed: int) -> None:
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm.models import qwen3

    mx.random.seed(seed)
    model = qwen3.Model(qwen3.ModelArgs.from_dict(config))
    model.model.norm.weight = model.model.norm.weight * norm
    checkpoint.save(file, dict(tree_flatten(model.parameters())), {"format": "mlx"})


def _write(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
