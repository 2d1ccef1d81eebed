"""The texts in a recipe for LLaMA-Factory: how it is carried out (run.sh), and what is in it (README.md)."""

from string import Template

TRIED = "0.9.5"  # the release that the recipe was tried with, and that run.sh installs


class _Text(Template):
    delimiter = "@"  # the shell has the other one


RUN = _Text(
    r"""#!/usr/bin/env bash
# Trains this recipe with LLaMA-Factory @{version} in an environment of its own. Run again, it goes on where it stopped.
#   PROCESSES=8   processes, one a GPU (default: all GPUs that there are, else 1)
#   VENV=path     the environment (default: venv, here); made, and LLaMA-Factory installed, where it is absent
#   PYTHON=path   what it is made with, 3.11 or newer (default: python3)
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
if [ -f checkpoint/lemma_run.json ]; then
  echo "$PWD/checkpoint: is trained already; evaluate it with  lemma-eval run $PWD/checkpoint -b gsm8k"
  exit
fi
VENV=$(realpath -m -- "${VENV:-venv}")
if [ ! -x "$VENV/bin/llamafactory-cli" ]; then
  "${PYTHON:-python3}" -m venv "$VENV"
  "$VENV/bin/python" -m pip install "llamafactory==@{version}"
fi
export PATH="$VENV/bin:$PATH"

PROCESSES=${PROCESSES:-$(python -c 'import torch; print(max(1, torch.cuda.device_count()))')}
if ((@batch % (@micro * PROCESSES))); then
  echo "run.sh: a batch of @batch rows is not made of $PROCESSES x @micro; set PROCESSES to another number" >&2
  exit 2
fi
SETTINGS=("gradient_accumulation_steps=$((@batch / (@micro * PROCESSES)))")
export NPROC_PER_NODE=$PROCESSES
if ((PROCESSES > 1)); then
  export FORCE_TORCHRUN=1
  if ((@full)); then
    python -c 'import deepspeed' 2>/dev/null || python -m pip install deepspeed
    SETTINGS+=("deepspeed=ds_z2_config.json")
  fi
fi

if [ ! -d tokens ]; then # the rows of all passes, batch after batch
  python - <<'END'
import json, os, shutil
from datasets import Dataset
from pyarrow import parquet
shutil.rmtree("tokens.part", ignore_errors=True)
with open("order.json") as file:
    Dataset(parquet.read_table("tokens.parquet")).select(json.load(file)).save_to_disk("tokens.part")
os.rename("tokens.part", "tokens")
END
fi

if [ ! -f training/train_results.json ]; then
  for saved in training/checkpoint-*; do # its state is written last: without it, it is not whole
    if [ ! -f "$saved/trainer_state.json" ]; then rm -rf -- "$saved"; fi
  done
  mkdir -p training
  cp handoff/lemma_run.json training/ # what is saved on the way is asked like the end
  llamafactory-cli train train.yaml "${SETTINGS[@@]}"
fi

rm -rf checkpoint
llamafactory-cli export export.yaml
rm -rf checkpoint/Modelfile checkpoint/{tokenizer*,special_tokens_map.json,added_tokens.json,*.jinja}
cp -R tokenizer/. checkpoint/ # as it was; LLaMA-Factory gives it a chat template and its side of padding
python - <<'END' # last, so that what carries it is whole
import json
from importlib.metadata import PackageNotFoundError, version
with open("handoff/lemma_run.json") as file:
    handoff = json.load(file)
with open("training/trainer_state.json") as file:
    state = json.load(file)
with open("training/train_results.json") as file:
    results = json.load(file)
losses = [entry["loss"] for entry in state["log_history"] if "loss" in entry]
handoff["result"] = {"steps": state["global_step"], "loss": losses[-1] if losses else results["train_loss"],
                     "seconds": round(results["train_runtime"], 1)}
found = {"lemma-eval": handoff["versions"].get("lemma-eval", "")}
for name in ("llamafactory", "torch", "transformers", "tokenizers", "peft", "accelerate", "deepspeed"):
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
handoff["versions"] = found
with open("checkpoint/lemma_run.json", "w") as file:
    file.write(json.dumps(handoff, indent=1) + "\n")
END
echo "$PWD/checkpoint: evaluate it with  lemma-eval run $PWD/checkpoint -b gsm8k"
"""
)

README = _Text(
    """# A training with LLaMA-Factory @{version}

    bash run.sh
    lemma-eval run checkpoint -b gsm8k

@rows rows, @steps steps. run.sh makes an environment (venv), the tokens as LLaMA-Factory loads them (tokens), trains
(training, which may be removed afterwards) and leaves the finished checkpoint (checkpoint), adapters merged.
Run again, it goes on where it stopped.

| file | what it is |
|---|---|
| tokens.parquet | the rows as tokens, with the labels that the loss is taken over: what is trained on |
| order.json | which row comes when, batch after batch, over all passes: LLaMA-Factory does not shuffle |
| train.yaml, export.yaml | its arguments for the training, and for the checkpoint after it |
| ds_z2_config.json | DeepSpeed ZeRO-2, taken where all weights are trained by several processes |
| data.json, dataset_info.json | the same rows as text; read only if tokenized_path is taken out of train.yaml |
| tokenizer, handoff | what run.sh puts into the checkpoint, so that `lemma-eval run` asks it as it was trained |
| rejects.jsonl | trajectories that are not trained on, and why |

From data.json LLaMA-Factory would make other tokens in @other of @rows rows, draw an order of its own, and take the
loss over erroneous spans.
"""
)
