"""Trajectories as other programs take them: LLaMA-Factory's Alpaca and ShareGPT forms, Arrow tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lemma_eval.rows.files import arrow

from .rows import KINDS, PROVENANCE

Row = Mapping[str, Any]
_GROUP = 5000  # rows of a Parquet row group


def alpaca(row: Row) -> dict[str, Any]:
    """The row in the Alpaca form; all of `output` is learnt from, the wrong step too: this form has no masks."""
    return {"id": row["id"], "instruction": row["question"], "input": "", "output": row["text"]}


def sharegpt(row: Row) -> dict[str, Any]:
    """The row in the ShareGPT form: one turn of each side."""
    turns = (("human", row["question"]), ("gpt", row["text"]))
    return {"id": row["id"], "conversations": [{"from": who, "value": text} for who, text in turns]}


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows, equal rows as equal bytes (with the same pyarrow, whose version stands in the file).

    Raises MissingExtraError without pyarrow.
    """
    pyarrow, parquet = arrow()
    schema = _schema(pyarrow)
    with parquet.ParquetWriter(
        path, schema, version="2.6", data_page_version="1.0", compression="zstd", compression_level=3,
        use_dictionary=True, write_statistics=True, write_page_checksum=True,
    ) as writer:  # fmt: skip
        for start in range(0, len(rows), _GROUP):
            writer.write_table(pyarrow.Table.from_pylist(rows[start : start + _GROUP], schema=schema))


def _schema(pyarrow: Any) -> Any:
    text, whole = pyarrow.string(), pyarrow.int64()
    kinds = pyarrow.struct([(kind, text) for kind in KINDS if kind != "trajectory"])
    types = {"error_step": whole, "prompts": pyarrow.list_(text), "requests": pyarrow.list_(text), "records": kinds}
    provenance = pyarrow.struct([(name, types.get(name, text)) for name in PROVENANCE])
    return pyarrow.schema([("id", text), ("question", text), ("text", text), ("gold", text),
                           ("error_span", pyarrow.list_(whole)), ("provenance", provenance)])  # fmt: skip
