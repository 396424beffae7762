"""Prints the SHA-256 of the first response of NIST's PQCgenKAT_kem for sntrup761, as sntrup761.py makes it, and whether it rejects."""
import hashlib
import os

import sntrup761
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def drbg(seed: bytes):
    """AES-256-CTR DRBG of SP 800-90A without derivation function, as NIST's generator uses it."""
    state = {"key": bytes(32), "v": 0}

    def blocks(count):
        encryptor = Cipher(algorithms.AES(state["key"]), modes.ECB()).encryptor()
        out = b""
        for _ in range(count):
            state["v"] = (state["v"] + 1) % 2 ** 128
            out += encryptor.update(state["v"].to_bytes(16, "big"))
        return out

    def update(provided):
        fresh = bytes(a ^ b for a, b in zip(blocks(3), provided))
        state["key"], state["v"] = fresh[:32], int.from_bytes(fresh[32:], "big")

    def draw(length):
        out = blocks(-(-length // 16))[:length]
        update(bytes(48))
        return out

    update(seed)
    return draw


seed = drbg(bytes(range(48)))(48)
draw = drbg(seed)
pk, sk = sntrup761.generate(draw)
ct, ss = sntrup761.encapsulate(pk, draw)
fields = {"seed": seed, "pk": pk, "sk": sk, "ct": ct, "ss": ss}
response = "count = 0\n" + "".join(f"{name} = {value.hex().upper()}\n" for name, value in fields.items())
print(hashlib.sha256(response.encode()).hexdigest())
assert sntrup761.decapsulate(sk, ct) == ss
assert sntrup761.decapsulate(sk, os.urandom(len(ct))) != ss
