"""Computes the vectors of accounts and backups (test/vectors/own) with the client of key_backup.py, and prints what it has checked.

The first argument is the folder of the vectors.
"""
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from key_backup import Device, hkdf, open_seal, pack, public, sha256, unpack, x_secret, xchacha

folder = Path(sys.argv[1])
read = lambda name: json.loads((folder / f"{name}.json").read_text())
alice = read("identity")[0]["inputs"]
checked = []


def check(what, ours, theirs):
    if ours != theirs:
        raise SystemExit(f"{what} differs")
    checked.append(what)


def keys_of(secrets):
    pair = {name: bytes.fromhex(alice[name]) for name in ("kemKey", "kemSecret")}
    return {**pair, **{name: bytes.fromhex(secret) for name, secret in secrets.items()}}


def in_bytes(value, key=None):
    """The fields of a backup that are byte strings."""
    if isinstance(value, dict):
        return {name: in_bytes(of, name) for name, of in value.items()}
    if isinstance(value, list):
        return [in_bytes(of, key) for of in value]
    return bytes.fromhex(value) if key in ("identity", "key", "myReset", "peerReset", "id", "groups") else value


for case in read("account"):
    given, out, drawn = case["inputs"], case["outputs"], case["drawn"]
    keys, user_id = keys_of(given["secrets"]), given["userID"]
    host, code = given["host"], given["code"]
    check("authSalt", sha256(b"cairn/1 auth", host.encode(), b"\0", code.encode()).hex(), out["authSalt"])
    check("authKey", hkdf(bytes.fromhex(given["stretchedAuth"]), b"auth", 32).hex(), out["authKey"])
    check("encKey", hkdf(bytes.fromhex(given["stretchedEnc"]), b"enc", 32).hex(), out["encKey"])
    signed = {"authKey": out["authKey"], "code": code, "nonce": given["nonce"], "purpose": "register", "relay": host, "ts": given["ts"]}
    text = json.dumps(signed, sort_keys=True, separators=(",", ":")).encode()
    check("signed", text.hex(), out["signed"])
    check("signature", Ed25519PrivateKey.from_private_bytes(keys["eddsaSecret"]).sign(text).hex(), out["signature"])
    aead, nonce = xchacha(bytes.fromhex(out["encKey"]), bytes.fromhex(drawn["random"][0]))
    check("encryptedPrivateKey", aead.encrypt(nonce, pack({"v": 1, **keys}), user_id.encode()).hex(), out["encryptedPrivateKey"])
    check("publicKey", (keys["kemKey"] + public(x_secret(keys["dhSecret"]))).hex(), out["publicKey"])
    inside = host.encode() + b"\0" + user_id.encode() + b"\0" + bytes.fromhex(given["token"])
    check("challenge", open_seal(keys, b"challenge", bytes.fromhex(out["challenge"])), inside)

for case in read("backup"):
    given, out = case["inputs"], case["outputs"]
    keys = keys_of(given["secrets"])
    device = Device({})
    device.user_id = given["userID"]
    fields = in_bytes({name: of for name, of in given.items() if name not in ("userID", "secrets")})
    body = pack({"v": 1, **fields})
    check("body", body.hex(), out["body"])
    check("mac", device.backup_mac(keys, body).hex(), out["mac"])
    check("backup", unpack(open_seal(keys, b"backup", bytes.fromhex(out["blob"]))), {"body": body, "mac": bytes.fromhex(out["mac"])})

print(json.dumps(checked))
