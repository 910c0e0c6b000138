"""Circuits and proofs that were made before, by this run or another.

A proof is a fact about circuit, agent, gate and window, and is kept whole, with its salts. So a commitment is
proved once: where its entry is gone or damaged, the next proof draws new salts and has a new commitment.

So is a column of outputs settled once. Where settlements are proved, a proof is kept for one market, and
taken only while the settlement proof of its column is kept, too.
"""

import io
import json
import zipfile
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from eth_hash.auto import keccak

from sim.forecast.families import families
from sim.outputs.provenance import source_sha256, versions
from sim.proofs.circuit import Circuit, output_column
from sim.proofs.jobs import CircuitJob, ProofJob, TradeJob
from sim.proofs.prover import Proof, contradiction, verify
from sim.proofs.settings import EzklSettings
from sim.proofs.settlement import TradeProof, points_of, verify_trade
from sim.proofs.srs import Srs
from sim.runtime.store import Key, Store

_FACTS = "facts.json"
_FORM = 1
"""Of a proof's entry; another number where its fields change."""
_SETTLED = b"settled"
"""With another column's proof."""


def kept_circuit(store: Store, order: CircuitJob, srs: Srs) -> Circuit | None:
    """The circuit ordered, its files copied into the order's folder; None where none is kept."""
    key = _circuit_key(order, srs)
    content = store.get("circuits", key)
    if content is None:
        return None
    try:
        return _unpacked(content, order)
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile):
        store.drop("circuits", key)
        return None


def keep_circuit(store: Store, order: CircuitJob, srs: Srs, circuit: Circuit) -> str | None:
    """Keep a circuit that is complete and tried; says what prevented it, if anything did."""
    return store.put("circuits", _circuit_key(order, srs), _packed(circuit))


def kept_proof(store: Store, order: ProofJob, srs: Srs) -> Proof | None:
    """The proof ordered, seen to fit its circuit and window and to verify; None where none is kept."""
    key = _proof_key(order)
    content = store.get("proofs", key)
    if content is None:
        return None
    with suppress(ValueError, KeyError, TypeError, OverflowError):
        proof = _proof_of(json.loads(content), order)
        settlement = (
            store.get("proofs", _trade_key(proof.output_point)) if order.circuit.form.settled else b""
        )
        if settlement is not None and _is_true(proof, order, srs):
            return proof
    store.drop("proofs", key)
    return None


def keep_proof(store: Store, order: ProofJob, proof: Proof) -> str | None:
    """Keep a proof; says what prevented it, if anything did."""
    fields = {
        "commitment": proof.commitment.hex(),
        "proof": proof.proof.hex(),
        "instances": proof.instances,
        "salts": proof.salts,
        "prove_cpu_s": proof.prove_cpu_s,
    }
    return store.put("proofs", _proof_key(order), json.dumps(fields).encode())


def kept_trade(store: Store, order: TradeJob, srs: Srs) -> TradeProof | None:
    """The settlement proof ordered, seen to verify; None where none of these columns and prices is kept.

    Then all bids of these columns count as not kept, so that the next run draws others.
    """
    points = points_of(order.circuit, order.columns, srs)
    keys = _trade_keys(order, srs)
    content = store.get("proofs", keys[0]) if keys else None
    with suppress(ValueError, KeyError, TypeError, OverflowError):
        fields = json.loads(content or "")
        proof = TradeProof(
            bytes.fromhex(fields["proof"]), fields["trade"], fields["prove_cpu_s"], cached=True
        )
        if verify_trade(order.circuit, points, order.prices, proof, srs):
            return proof
    for key in keys:
        store.drop("proofs", key)
    return None


def keep_trade(store: Store, order: TradeJob, proof: TradeProof, srs: Srs) -> str | None:
    """Keep a settlement proof; says what prevented it, if anything did."""
    fields = {"proof": proof.proof.hex(), "trade": proof.trade, "prove_cpu_s": proof.prove_cpu_s}
    first, *others = _trade_keys(order, srs)
    problem = store.put("proofs", first, json.dumps(fields).encode())
    return problem or next(filter(None, (store.put("proofs", key, _SETTLED) for key in others)), None)


def _is_true(proof: Proof, order: ProofJob, srs: Srs) -> bool:
    fits = contradiction(order.circuit, order.window_wh, proof, srs) is None
    return fits and verify(order.circuit, proof.proof, proof.instances, srs)


def _proof_key(order: ProofJob) -> Key:
    return {
        "form": _FORM,
        "circuit": order.circuit.digest,
        "agent": order.name,
        "delivery": order.delivery.isoformat(),
        "window_wh": order.window_wh,
        **({"market": order.market} if order.market else {}),
    }


def _trade_keys(order: TradeJob, srs: Srs) -> list[Key]:
    """One for each column that is settled: the first one's has the proof."""
    return [_trade_key(point) for point in points_of(order.circuit, list(filter(None, order.columns)), srs)]


def _trade_key(output_point: bytes) -> Key:
    """Whatever the circuit, the prices and the other columns: a column is settled once."""
    return {"form": _FORM, "settled": output_point.hex()}


def _proof_of(fields: dict[str, Any], order: ProofJob) -> Proof:
    salts = tuple(fields["salts"])
    return Proof(
        commitment=bytes.fromhex(fields["commitment"]),
        proof=bytes.fromhex(fields["proof"]),
        instances=tuple(fields["instances"]),
        salts=salts,
        prove_cpu_s=fields["prove_cpu_s"],
        column=output_column(order.circuit, order.window_wh, salts),
        cached=True,
    )


def _circuit_key(order: CircuitJob, srs: Srs) -> Key:
    return {
        "model": order.model.digest,
        "plugin": families.origin(order.model.family),
        "settings": asdict(order.settings) if order.settings else "tuned",
        "limit_wh": order.limit_wh,
        "form": asdict(order.form),
        "srs": dict(zip(map(str, srs.logrows), srs.digests, strict=True)),
        "versions": versions(),
        "source": source_sha256(),
    }


def _packed(circuit: Circuit) -> bytes:
    """The files that proving and verifying need, and the facts, in one archive."""
    facts = {
        "digest": circuit.digest,
        "settings": asdict(circuit.settings),
        "rows": circuit.rows,
        "key": circuit.key.hex(),
        "proof_bytes": circuit.proof_bytes,
        "vk_bytes": circuit.vk_bytes,
        "pk_bytes": circuit.pk_bytes,
        "setup_s": circuit.setup_s,
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(_FACTS, json.dumps(facts))
        for path in (circuit.compiled_path, circuit.settings_path, circuit.vk_path, circuit.pk_path):
            archive.write(path, path.name)
    return data.getvalue()


def _unpacked(content: bytes, order: CircuitJob) -> Circuit:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        facts = json.loads(archive.read(_FACTS))
        archive.extractall(order.folder, [name for name in archive.namelist() if name != _FACTS])
    circuit = Circuit(
        folder=order.folder,
        model=order.model,
        limit_wh=order.limit_wh,
        form=order.form,
        **facts | {"settings": EzklSettings(**facts["settings"]), "key": bytes.fromhex(facts["key"])},
    )
    if circuit.digest != "0x" + keccak(circuit.key).hex():
        raise ValueError("a circuit's digest is not its key's")
    return circuit
