#!/usr/bin/python3
"""Second client of device registration and the sealed API, written from the text of the protocol alone.

usage: registration.py sealed|omni http://127.0.0.1:PORT CLIENT_ID
Prints "ok NAME" for each thing it has found to be so; ends with an error at the first that is not.
"""
import base64
import hashlib
import http.client
import json
import os
import struct
import sys
from urllib.parse import urlparse

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    return base64.b64decode(text, validate=True)


def raw(public_key):
    return public_key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def check(name, condition):
    if not condition:
        raise SystemExit("not so: " + name)
    print("ok " + name)


class Http:
    def __init__(self, origin):
        self.where = urlparse(origin).netloc

    def ask(self, method, target, body=None, headers=None):
        """Status, parsed body and headers."""
        connection = http.client.HTTPConnection(self.where, timeout=20)
        headers = dict(headers or {})
        if body is not None:
            headers["content-type"] = "application/json"
            body = json.dumps(body)
        connection.request(method, target, body=body, headers=headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, json.loads(data) if data else None, response.headers


class Device:
    def __init__(self, server, client_id):
        self.http, self.id = server, client_id
        self.secret = X25519PrivateKey.generate()

    def register(self):
        status, answer, _ = self.http.ask("POST", "/register/init", {"client_id": self.id})
        check("init", status == 200 and list(answer) == ["server_public_key"])
        self.server_key = X25519PublicKey.from_public_bytes(unb64(answer["server_public_key"]))
        body = {"client_id": self.id, "public_key": b64(raw(self.secret.public_key()))}
        status, answer, _ = self.http.ask("POST", "/register/complete", body)
        check("complete", status == 200 and sorted(answer) == ["api_key", "registered"] and answer["registered"] is True)
        self.api_key = answer["api_key"]

    def open_session(self):
        ephemeral = X25519PrivateKey.generate()
        mine = raw(ephemeral.public_key())
        body = {"client_id": self.id, "ephemeral": b64(mine)}
        status, answer, _ = self.http.ask("POST", "/session", body, {"authorization": "Bearer " + self.api_key})
        check("session", status == 200 and sorted(answer) == ["ephemeral", "session_id"])
        theirs = unb64(answer["ephemeral"])
        their_key = X25519PublicKey.from_public_bytes(theirs)
        shared = b"".join([
            self.secret.exchange(self.server_key),
            ephemeral.exchange(self.server_key),
            self.secret.exchange(their_key),
            ephemeral.exchange(their_key),
        ])
        salt = hashlib.sha256(mine + theirs).digest()
        info = b"cairn/1 api" + self.id.encode()
        keys = HKDF(algorithm=hashes.SHA256(), length=64, salt=salt, info=info).derive(shared)
        self.session = answer["session_id"]
        self.k_req, self.k_res = ChaCha20Poly1305(keys[:32]), ChaCha20Poly1305(keys[32:])
        self.counter = 0

    def ad(self, method, target, *more):
        return b"\0".join(part.encode() for part in [method, target, self.id, self.session, *more])

    def seal(self, method, target, counter, plaintext):
        nonce = struct.pack(">IQ", 0, counter)
        return {"nonce": b64(nonce), "ciphertext": b64(self.k_req.encrypt(nonce, plaintext, self.ad(method, target)))}

    def call(self, method, target, body=None, counter=None):
        """Status and what came sealed; of a refusal that came plain status and None."""
        if counter is None:
            counter, self.counter = self.counter, self.counter + 1
        headers = {"x-cairn-client": self.id, "x-cairn-session": self.session}
        sealed = self.seal(method, target, counter, b"" if body is None else json.dumps(body).encode())
        if body is None:
            headers["x-cairn-sealed"] = json.dumps(sealed)
        status, answer, given = self.http.ask(method, target, None if body is None else sealed, headers)
        message = json.loads(given["x-cairn-sealed"]) if given["x-cairn-sealed"] else answer
        if "ciphertext" not in message:
            return status, None
        nonce = unb64(message["nonce"])
        check("nonce of the answer", nonce == struct.pack(">IQ", 1, counter))
        ciphertext = unb64(message["ciphertext"])
        try:
            self.k_res.decrypt(nonce, ciphertext, self.ad(method, target, str(status + 1)))
            raise SystemExit("an answer opens with another status")
        except InvalidTag:
            pass
        plaintext = self.k_res.decrypt(nonce, ciphertext, self.ad(method, target, str(status)))
        return status, json.loads(plaintext) if plaintext else None


def sealed(server, client_id):
    device = Device(server, client_id)
    device.register()
    device.open_session()
    status, answer = device.call("GET", "/session")
    check("sealed GET", status == 200 and answer["client_id"] == client_id)
    status, answer = device.call("POST", "/registration", {"any": "thing"})
    check("sealed POST, sealed refusal", status == 405 and answer["error"]["code"] == "method-not-allowed")
    check("a replay is refused", device.call("GET", "/session", counter=0) == (409, None))
    check("ahead", device.call("GET", "/session", counter=500)[0] == 200)
    check("63 behind", device.call("GET", "/session", counter=437)[0] == 200)
    check("64 behind", device.call("GET", "/session", counter=436)[0] == 409)
    status, answer = device.call("DELETE", "/registration", counter=501)
    check("removed", status == 200 and answer == {"client_id": client_id, "registered": False})
    check("the session is over", device.call("GET", "/session", counter=502) == (401, None))


def omni(server, client_id):
    """As somebody would write it who has read the key exchange flow and no more: the shared secret is the key."""
    device = Device(server, client_id)
    device.register()
    shared = ChaCha20Poly1305(device.secret.exchange(device.server_key))
    headers = {"x-api-key": device.api_key, "x-client-id": client_id}

    def opened(message):
        return json.loads(shared.decrypt(unb64(message["nonce"]), unb64(message["ciphertext"]), None))

    status, answer, _ = server.ask("GET", "/session", headers=headers)
    check("GET", status == 200 and opened(answer)["client_id"] == client_id)
    nonce = os.urandom(12)
    body = {"nonce": b64(nonce), "ciphertext": b64(shared.encrypt(nonce, b'{"any": "thing"}', None))}
    status, answer, _ = server.ask("POST", "/registration", body, headers)
    check("POST", status == 405 and opened(answer)["error"]["code"] == "method-not-allowed")
    status, answer, _ = server.ask("DELETE", "/registration", headers=headers)
    check("DELETE", status == 200 and opened(answer)["registered"] is False)
    status, answer, _ = server.ask("GET", "/session", headers=headers)
    check("gone", status == 401)


if __name__ == "__main__":
    {"sealed": sealed, "omni": omni}[sys.argv[1]](Http(sys.argv[2]), sys.argv[3])
    print("done")
