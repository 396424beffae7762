"""Accounts and key backup from the text of the specification (protocol section 8, docs/services/key-backup.md), in Python.

Reads one JSON object from standard input: {server, keyServer, host, code, eddsaSecret, password}; secrets in hex. It makes an account,
backs it up, restores it as a fresh device, changes the password and deletes everything, and prints one JSON line for each step.
"""
import base64
import hashlib
import hmac
import json
import os
import struct
import sys
import time
import urllib.error
import urllib.request

import sntrup761
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.poly1305 import Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MASK = 0xFFFFFFFF
b64, unb64 = (lambda b: base64.b64encode(b).decode()), base64.b64decode
sha256 = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
mac256 = lambda key, data: hmac.new(key, data, "sha256").digest()


def hkdf(ikm, info, length, salt=b""):
    prk, out, block = mac256(salt or bytes(32), ikm), b"", b""
    for i in range(1, -(-length // 32) + 1):
        block = mac256(prk, block + info + bytes([i]))
        out += block
    return out[:length]


rotl = lambda x, n: ((x << n) | (x >> (32 - n))) & MASK


def hchacha20(key, nonce16):
    s = list(struct.unpack("<4I8I4I", b"expand 32-byte k" + key + nonce16))

    def quarter(a, b, c, d):
        for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & MASK
            s[z] = rotl(s[z] ^ s[x], n)

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *s[:4], *s[12:])


def xchacha(key, nonce24):
    return ChaCha20Poly1305(hchacha20(key, nonce24[:16])), bytes(4) + nonce24[16:]


def salsa_rounds(s):
    x = list(s)

    def quarter(a, b, c, d):
        x[b] ^= rotl((x[a] + x[d]) & MASK, 7)
        x[c] ^= rotl((x[b] + x[a]) & MASK, 9)
        x[d] ^= rotl((x[c] + x[b]) & MASK, 13)
        x[a] ^= rotl((x[d] + x[c]) & MASK, 18)

    for _ in range(10):
        for q in ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11)):
            quarter(*q)
        for q in ((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)):
            quarter(*q)
    return x


def salsa_state(key, input16):
    c, k, n = (struct.unpack(f"<{len(b) // 4}I", b) for b in (b"expand 32-byte k", key, input16))
    return [c[0], *k[:4], c[1], *n, c[2], *k[4:], c[3]]


def xsalsa_stream(key, nonce24, length):
    x = salsa_rounds(salsa_state(key, nonce24[:16]))
    subkey, out = struct.pack("<8I", *(x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9))), bytearray()
    for counter in range(-(-length // 64)):
        s = salsa_state(subkey, nonce24[16:] + struct.pack("<Q", counter))
        out += struct.pack("<16I", *((a + b) & MASK for a, b in zip(s, salsa_rounds(s))))
    return bytes(out[:length])


xor = lambda a, b: (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")


def secretbox(key, nonce, plaintext):
    stream = xsalsa_stream(key, nonce, 32 + len(plaintext))
    body = xor(plaintext, stream[32:])
    return Poly1305.generate_tag(stream[:32], body) + body


def secretbox_open(key, nonce, box):
    stream = xsalsa_stream(key, nonce, 16 + len(box))
    Poly1305.verify_tag(stream[:32], box[16:], box[:16])
    return xor(box[16:], stream[32:])


def pack(value):
    """Deterministic CBOR of what is needed here."""
    def head(major, n):
        if n < 24:
            return bytes([major << 5 | n])
        for more, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
            if n < 256 ** size:
                return bytes([major << 5 | more]) + n.to_bytes(size, "big")
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(pack, value))
    return head(5, len(value)) + b"".join(k + v for k, v in sorted((pack(k), pack(v)) for k, v in value.items()))


def unpack(data):
    def item(at):
        major, n, at = data[at] >> 5, data[at] & 31, at + 1
        if major == 7:
            return {20: False, 21: True, 22: None}[n], at
        if n > 23:
            size = 1 << (n - 24)
            n, at = int.from_bytes(data[at:at + size], "big"), at + size
        if major == 0:
            return n, at
        if major in (2, 3):
            raw = data[at:at + n]
            return (raw if major == 2 else raw.decode()), at + n
        values = []
        for _ in range(n if major == 4 else 2 * n):
            value, at = item(at)
            values.append(value)
        return (values if major == 4 else dict(zip(values[::2], values[1::2]))), at
    value, end = item(0)
    assert end == len(data)
    return value


public = lambda key: key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
x_secret = X25519PrivateKey.from_private_bytes


def hybrid(k_sntrup, k_x, c, kem_key, dh_key):
    return hkdf(k_sntrup + k_x, sha256(c, kem_key, dh_key), 32, b"cairn/1 kem")


def seal(kem_key, dh_key, purpose, plaintext):
    c1, k1 = sntrup761.encapsulate(kem_key, os.urandom)
    e = X25519PrivateKey.generate()
    c = c1 + public(e)
    k = hybrid(k1, e.exchange(X25519PublicKey.from_public_bytes(dh_key)), c, kem_key, dh_key)
    size = next(s for s in (4096, 16384, 65536, 262144, 1048576, 4194304) if len(plaintext) + len(c) + 40 < s) - len(c) - 40
    nonce = os.urandom(24)
    padded = plaintext + b"\x80" + bytes(size - len(plaintext) - 1)
    return c + nonce + secretbox(hkdf(k, b"cairn/1 seal " + purpose, 32), nonce, padded)


def open_seal(keys, purpose, blob):
    c, nonce, box = blob[:1071], blob[1071:1095], blob[1095:]
    k1 = sntrup761.decapsulate(keys["kemSecret"], c[:1039])
    dh = x_secret(keys["dhSecret"])
    k = hybrid(k1, dh.exchange(X25519PublicKey.from_public_bytes(c[1039:])), c, keys["kemKey"], public(dh))
    padded = secretbox_open(hkdf(k, b"cairn/1 seal " + purpose, 32), nonce, box)
    plain = padded.rstrip(b"\0")
    assert plain[-1] == 0x80
    return plain[:-1]


argon2 = lambda password, salt: hash_secret_raw(password.encode(), salt, 3, 64 * 1024, 1, 32, Type.ID)


class Device:
    def __init__(self, place):
        self.place, self.cookie, self.user_id = place, None, None

    def ask(self, base, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.place[base] + path, data, dict(headers or {}), method=method)
        if data is not None:
            request.add_header("content-type", "application/json")
        if base == "server" and self.cookie:
            request.add_header("cookie", self.cookie)
        try:
            response = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            response = error
        if response.headers.get("set-cookie"):
            self.cookie = response.headers["set-cookie"].split(";")[0]
        text = response.read()
        return response.status, json.loads(text) if text else None

    def want(self, *args, **kwargs):
        status, body = self.ask(*args, **kwargs)
        if status not in (200, 204):
            raise SystemExit(f"{args[1]} {args[2]}: {status} {body}")
        return body

    def auth_key(self, password):
        salt = sha256(b"cairn/1 auth", self.place["host"].encode(), b"\0", self.place["code"].encode())
        return hkdf(argon2(password, salt), b"auth", 32).hex()

    def register(self, password, eddsa_secret):
        body = {"code": self.place["code"], "authKey": self.auth_key(password), "ts": int(time.time() * 1000),
                "nonce": os.urandom(16).hex(), "relay": self.place["host"]}
        signed = json.dumps({**body, "purpose": "register"}, sort_keys=True, separators=(",", ":")).encode()
        signature = Ed25519PrivateKey.from_private_bytes(eddsa_secret).sign(signed).hex()
        return self.want("server", "POST", "/api/user/register", {**body, "signature": signature})["userID"]

    def authenticate(self, password):
        body = {"code": self.place["code"], "authKey": self.auth_key(password)}
        status, answer = self.ask("server", "POST", "/api/user/authenticate", body)
        if status == 200:
            self.user_id = answer["userID"]
        return status

    def token(self, operation):
        return self.want("server", "GET", f"/api/user/accessToken?operation={operation}")["accessToken"]

    def ticket(self, operation):
        return {"userAccessToken": self.token(operation), "userID": self.user_id}

    def bearer(self, operation):
        return {"authorization": f"Bearer {self.token(operation)}"}

    def box(self, password, keys):
        salt, iv = os.urandom(32), os.urandom(24)
        aead, nonce = xchacha(hkdf(argon2(password, salt), b"enc", 32), iv)
        sealed = aead.encrypt(nonce, pack({"v": 1, **keys}), self.user_id.encode())
        return {"encryptedPrivateKey": b64(sealed), "iv": b64(iv), "salt": b64(salt)}

    def unbox(self, password, box):
        aead, nonce = xchacha(hkdf(argon2(password, unb64(box["salt"])), b"enc", 32), unb64(box["iv"]))
        keys = unpack(aead.decrypt(nonce, unb64(box["encryptedPrivateKey"]), self.user_id.encode()))
        assert keys.pop("v") == 1
        return keys

    def secure(self, keys):
        sealed = unb64(self.want("server", "GET", "/api/user/session-challenge")["encryptedToken"])
        host, user_id, token = open_seal(keys, b"challenge", sealed).split(b"\0", 2)
        assert host.decode() == self.place["host"] and user_id.decode() == self.user_id and len(token) == 32
        return self.want("server", "POST", "/api/user/session-challenge", {"decryptedToken": token.hex()})["secured"]

    def restore(self, password):
        assert self.authenticate(password) == 200
        keys = self.unbox(password, self.want("keyServer", "POST", "/getKey", self.ticket("getKey")))
        assert self.secure(keys) is True
        return keys

    def backup_mac(self, keys, body):
        key = hkdf(keys["kemSecret"] + keys["dhSecret"], b"cairn/1 backup mac", 32)
        return mac256(key, self.user_id.encode() + b"\0" + body)

    def put_backup(self, keys, backup):
        body = pack({"v": 1, **backup})
        plain = pack({"body": body, "mac": self.backup_mac(keys, body)})
        blob = seal(keys["kemKey"], public(x_secret(keys["dhSecret"])), b"backup", plain)
        return self.ask("keyServer", "PUT", f"/backup/{self.user_id}", {"blob": b64(blob), "counter": backup["counter"]},
                        self.bearer("putBackup"))[0]

    def get_backup(self, keys, known):
        served = self.want("keyServer", "GET", f"/backup/{self.user_id}", None, self.bearer("getBackup"))
        outer = unpack(open_seal(keys, b"backup", unb64(served["blob"])))
        assert hmac.compare_digest(outer["mac"], self.backup_mac(keys, outer["body"]))
        backup = unpack(outer["body"])
        assert backup.pop("v") == 1 and backup["counter"] == served["counter"] >= known
        return backup


def report(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def main():
    place = json.load(sys.stdin)
    password, eddsa_secret = place["password"], bytes.fromhex(place["eddsaSecret"])
    kem_key, kem_secret = sntrup761.generate(os.urandom)
    keys = {"kemKey": kem_key, "kemSecret": kem_secret, "dhSecret": os.urandom(32), "eddsaSecret": eddsa_secret, "ecdhSecret": os.urandom(32)}

    first = Device(place)
    user_id = first.register(password, eddsa_secret)
    report("registered", wrong=Device(place).authenticate(password + "?"))
    assert first.authenticate(password) == 200 and first.user_id == user_id
    first.want("server", "POST", "/api/user/publicKey", {"publicKey": b64(kem_key + public(x_secret(keys["dhSecret"])))})
    first.want("keyServer", "POST", "/newUser", {**first.ticket("newUser"), **first.box(password, keys)})
    report("kept", secured=first.secure(keys))
    key = {"key": os.urandom(32), "myReset": os.urandom(32), "peerReset": os.urandom(32)}
    contact = {"identity": os.urandom(1500), "keys": [key], "relays": [], "label": "Ada", "verified": 1750000000123, "blocked": None,
               "since": 1740000000000, "byCode": True}
    blocked = {"id": os.urandom(32), "name": "Mallory", "at": 1750000000000}
    backup = {"counter": 3, "identity": os.urandom(3000), "contacts": [contact], "relays": ["wss://relay.example:7443"],
              "blocked": [blocked], "groups": []}
    report("backup", put=first.put_backup(keys, backup), older=first.put_backup(keys, {**backup, "counter": 2}))

    fresh = Device(place)
    restored = fresh.restore(password)
    report("restored", keys=restored == keys, backup=fresh.get_backup(restored, 3) == backup)

    ticket = fresh.ticket("pendingChange")
    fresh.want("keyServer", "POST", "/pendingChange", {**ticket, **fresh.box("another one", restored)})
    fresh.want("server", "POST", "/api/user/password", {"authKey": fresh.auth_key("another one"), "change": ticket["userAccessToken"]})
    fresh.want("keyServer", "POST", "/applyPendingChange", fresh.ticket("applyPendingChange"))
    last = Device(place)
    report("changed", old=Device(place).authenticate(password), new=last.restore("another one") == keys)

    last.want("keyServer", "POST", "/deleteKey", last.ticket("deleteKey"))
    last.want("server", "DELETE", "/api/user")
    report("deleted", again=Device(place).authenticate("another one"))


if __name__ == "__main__":
    main()
