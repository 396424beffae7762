"""Computes the vectors of the LAN link (test/vectors/own/lan.json) from docs/protocol.md section 10, and prints what it has checked.

The first argument is the folder of the vectors.
"""
import base64
import hashlib
import hmac
import json
import struct
import sys
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NOW = 1_750_000_000_000
OBFUSCATION = {
    "cairn": base64.urlsafe_b64encode(hashlib.sha256(b"cairn/1 lan obfuscation").digest()),
    "bittrrt": b"OdiXEOXdvwgWfIizYjdEguhN-IP7eyqp9oITq_0MiBs=",
}
LABEL = {"cairn": b"cairn/1 lan channel", "bittrrt": b"bittrrt-chacha20poly1305"}
checked = []


def check(what, ours, theirs):
    if ours != theirs:
        raise SystemExit(f"{what} differs: {ours} {theirs}")
    checked.append(what)


def hkdf(ikm, info, length, salt=None):
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(ikm)


def private(secret):
    return X25519PrivateKey.from_private_bytes(bytes.fromhex(secret))


def public(secret):
    return private(secret).public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def dh(secret, peer):
    return private(secret).exchange(X25519PublicKey.from_public_bytes(peer))


def fingerprint(key):
    digest = hashlib.sha256(key).hexdigest()[:32]
    return " ".join(digest[i : i + 4] for i in range(0, 32, 4))


def b64(data):
    return base64.urlsafe_b64encode(data).decode()


def direction_keys(okm):
    return {"fromClient": okm[:32].hex(), "fromServer": okm[32:64].hex(), "chain": okm[64:].hex()}


for case in json.loads((Path(sys.argv[1]) / "lan.json").read_text()):
    given, drawn, out = case["inputs"], case["drawn"]["random"], case["outputs"]
    profile = given["profile"]
    is_cairn = profile == "cairn"
    client, server = public(given["client"]), public(given["server"])
    check(f"{profile} keys", [client.hex(), server.hex()], [out["clientKey"], out["serverKey"]])
    check(f"{profile} fingerprints", [fingerprint(client), fingerprint(server)], [out["clientFingerprint"], out["serverFingerprint"]])
    channel_hash = hashlib.sha256(client + server).digest()
    check(f"{profile} channelHash", channel_hash.hex(), out["channelHash"])

    place = given["cookie"]["remote"]
    bound = struct.pack(">QH", NOW // 10_000, place["port"]) + client + place["address"].encode()
    cookie = hmac.new(bytes.fromhex(given["cookie"]["secret"]), bound, hashlib.sha256).digest()[:16]
    if is_cairn:
        check("cairn cookie", cookie.hex(), out["cookie"])

    says = {"connect": {"cmd": "connect", "pubkey": b64(client)}, "connected": {"cmd": "connected", "pubkey": b64(server)}}
    if is_cairn:
        says["connected"]["to"] = b64(client)
        says["cookie"] = {"cmd": "cookie", "cookie": b64(cookie), "to": b64(client)}
        says["connectWithCookie"] = {**says["connect"], "cookie": b64(cookie)}
    check(f"{profile} messages", list(says), list(out["messages"]))
    for (name, token), iv in zip(out["messages"].items(), drawn):
        plaintext = Fernet(OBFUSCATION[profile]).decrypt(token.encode())
        body = json.loads(plaintext)
        pad = body.pop("pad", None)
        check(f"{profile} {name}", body, says[name])
        check(f"{profile} {name}, padded", len(plaintext) if pad is not None else None, 191 if is_cairn and body["cmd"] == "connect" else None)
        check(f"{profile} {name}, time and IV", base64.urlsafe_b64decode(token)[1:25], struct.pack(">Q", NOW // 1000) + bytes.fromhex(iv))
    lengths = {name: len(token) for name, token in out["messages"].items()}
    check(f"{profile} no answer is longer", max(lengths.values()) <= lengths["connect"], True)

    shared = dh(given["client"], server)
    if is_cairn:
        okm = hkdf(shared, LABEL[profile], 96, channel_hash)
        keys, send = direction_keys(okm), okm[:32]
        nonces = [struct.pack(">IQ", 0, counter) for counter in range(2)]
        new_client, new_server = public(given["newClient"]), public(given["newServer"])
        rotated = hkdf(dh(given["newServer"], new_client) + okm[64:], b"cairn/1 lan rotation", 96, hashlib.sha256(new_client + new_server).digest())
        check("cairn rotated", direction_keys(rotated), out["rotated"])
    else:
        send = hkdf(shared, LABEL[profile], 32)
        keys, nonces = {"fromClient": send.hex(), "fromServer": send.hex(), "chain": ""}, [bytes.fromhex(one) for one in drawn[2:]]
    check(f"{profile} direction keys", keys, out["keys"])
    plaintext, about = bytes.fromhex(given["plaintext"]), bytes.fromhex(given["associatedData"])
    packets = [(nonce + ChaCha20Poly1305(send).encrypt(nonce, plaintext, about)).hex() for nonce in nonces]
    check(f"{profile} packets", packets, out["packets"])

print(json.dumps(checked))
