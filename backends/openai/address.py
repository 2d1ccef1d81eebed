"""Where the server is, with which key, and whether it has the model."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lemma_eval.errors import ModelError, UsageError

from .client import NO_KEY, BrokenCallError, Reply, need_client
from .errors import Trouble, one_line, trouble_of, trouble_of_error
from .request import same_model

OPENAI = "https://api.openai.com/v1"
_NAMES_SHOWN = 10
_SECONDS = 30.0  # for the list of models
_PORTS = {"http": 80, "https": 443}


def base_url(given: str | None, option: str = "--base-url") -> str:
    """The address in one form: `given`, else OPENAI_BASE_URL, else OpenAI's. Raises UsageError for one that is none."""
    text = (given or os.environ.get("OPENAI_BASE_URL") or OPENAI).strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError(f"{option} is no address; give one like http://localhost:8000/v1") from None
    if parts.username or parts.password or "@" in parts.netloc:
        raise UsageError(f"{option} holds a user or password; the key is given by OPENAI_API_KEY only")
    if parts.query or parts.fragment:
        raise UsageError(f"{option} must have no ?query and no #fragment; the key is given by OPENAI_API_KEY only")
    if parts.scheme not in _PORTS or not host:
        raise UsageError(f"{option} '{text}' is no address; give one like http://localhost:8000/v1")
    name = f"[{host}]" if ":" in host else host
    where = name if port in (None, _PORTS[parts.scheme]) else f"{name}:{port}"
    return urlunsplit((parts.scheme, where, parts.path.rstrip("/"), "", ""))


def read_key(address: str) -> str:
    """The key in OPENAI_API_KEY; a placeholder for a server of one's own. Raises ModelError where one is needed."""
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key and address == OPENAI:
        raise ModelError("OPENAI_API_KEY is not set; set it to your key, or give the --base-url of another server")
    if not key.isascii() or not key.isprintable():
        raise ModelError("OPENAI_API_KEY holds characters that no key has; set it again")
    return key or NO_KEY


def refused_key(address: str, key: str, told: str) -> ModelError:
    """The error for a server that does not let us in."""
    if key == NO_KEY:
        return ModelError(f"{address}: the server wants a key; set OPENAI_API_KEY ({told})")
    return ModelError(f"{address}: the server refuses the key in OPENAI_API_KEY ({told})")


def check_model(address: str, key: str, model: str) -> None:
    """Raise ModelError unless the server answers, takes the key, and has `model` among the models it lists, if any."""
    listed = _listed(address, key)
    names = _names(listed)
    if names is None and not address.endswith("/v1") and _names(_get(f"{address}/v1", key)):
        raise ModelError(f"{address}: no such service; give --base-url {address}/v1")
    if names is None or any(_listed_as(model, name) for name in names):
        return
    shown = ", ".join(one_line(name, key) for name in sorted(names)[:_NAMES_SHOWN])
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    raise ModelError(f"{address} has no model '{model}'; it has {shown or 'none'}{more}")


def _listed_as(model: str, name: str) -> bool:
    # A last part alone would be another name to the server.
    return model == name or (model.rpartition("/")[0] == name.rpartition("/")[0] and same_model(model, name))


def check_reachable(address: str, key: str) -> None:
    """Raise ModelError if the server does not answer at all."""
    _listed(address, key, tries=1)


def _listed(address: str, key: str, tries: int = 3) -> Any:
    """The reply to GET /models, None from a server that has none to tell."""
    for left in range(tries - 1, -1, -1):
        told = _get(address, key)
        if not isinstance(told, Trouble):
            return told
        if told.status == 401 or (told.status == 403 and "scope" not in told.message):  # a key may be for calls only
            raise refused_key(address, key, told.message)
        if told.status is not None and (told.status < 500 or told.status in (501, 505)):
            return None
        if not left:
            break
        time.sleep(0.5)
    raise ModelError(f"{address}: the server does not answer: {told.message}; start it, or give its --base-url")


def _get(address: str, key: str) -> Any:
    """The JSON of GET /models, or what went wrong."""
    openai = need_client()
    with openai.OpenAI(api_key=key, base_url=address, max_retries=0, timeout=_SECONDS) as client:
        try:
            return client.get("/models", cast_to=object)
        except openai.APIStatusError as error:
            reply = Reply(error.status_code, error.response.headers, error.response.content)
            return trouble_of(reply, key)
        except openai.APITimeoutError:
            return trouble_of_error(TimeoutError(), key, _SECONDS)
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            return trouble_of_error(BrokenCallError(f"{type(cause).__name__}: {cause}"), key, _SECONDS)
        except (openai.OpenAIError, ValueError, RecursionError):  # no JSON: some page, not a list
            return None


def _names(listed: Any) -> list[str] | None:
    """The names in a list of models; None for what is no such list."""
    rows = listed.get("data") if isinstance(listed, Mapping) else listed
    if not isinstance(rows, list):
        return None
    names = [row["id"] for row in rows if isinstance(row, Mapping) and isinstance(row.get("id"), str)]
    return names or None
