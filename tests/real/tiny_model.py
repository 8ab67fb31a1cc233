"""A language model of 200 KB that knows sixteen words and the full stop: real enough for a real server to load."""

from pathlib import Path
from typing import Final

import gguf
import numpy as np

WIDTH: Final = 32
BLOCKS: Final = 2
SENTENCE: Final = "▁the ▁dog ▁ran ▁home ▁Alice ▁was ▁glad ▁we ▁saw ▁Bob ▁by ▁sea ▁old ▁rain ▁he ▁slept ."
WORDS: Final = SENTENCE.split()


def write(path: Path, *, seed: int = 7) -> None:
    """A randomly initialised Llama in GGUF. It babbles, and stops only when told to."""
    rng = np.random.default_rng(seed)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *WORDS]
    kinds = [2, 3, 3, *[6] * 256, *[1] * len(WORDS)]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(BLOCKS)
    writer.add_feed_forward_length(2 * WIDTH)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // 2)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:")
    _add_tensors(writer, rng, len(tokens))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tensors(writer: gguf.GGUFWriter, rng: np.random.Generator, count: int) -> None:
    def normal(rows: int, columns: int) -> np.ndarray:
        return rng.normal(0, 0.3, (rows, columns)).astype(np.float32)

    output = normal(count, WIDTH) * 3
    output[: count - len(WORDS)] = 0.0
    writer.add_tensor("token_embd.weight", normal(count, WIDTH))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    writer.add_tensor("output.weight", output)
    for block in range(BLOCKS):
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{block}.{norm}.weight", np.ones(WIDTH, np.float32))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"blk.{block}.{part}.weight", normal(WIDTH, WIDTH))
        for part in ("ffn_gate", "ffn_up"):
            writer.add_tensor(f"blk.{block}.{part}.weight", normal(2 * WIDTH, WIDTH))
        writer.add_tensor(f"blk.{block}.ffn_down.weight", normal(WIDTH, 2 * WIDTH))
