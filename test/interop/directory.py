#!/usr/bin/python3
"""A client of the directory and its signalling, written from the flow's description alone: HTTP, WebSocket and keys, nothing of Cairn's own.

    directory.py HOST PORT both-online|recipient-offline

Two people register, connect, exchange keys and derive SYM_KEY; prints what the relay did as JSON.
"""
import base64
import hashlib
import http.client
import json
import os
import socket
import struct
import sys
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def raw(public_key):
    return public_key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def jcs(value):
    """RFC 8785, for what these frames hold: objects, lists, strings, whole numbers, true, false, null."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(jcs(name) + ":" + jcs(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(jcs(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


class WebSocket:
    """RFC 6455, client side: text frames, and pongs for pings."""

    def __init__(self, host, port, path):
        self.socket = socket.create_connection((host, port), timeout=30)
        self.buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        assert head.startswith(b"HTTP/1.1 101 ") and accept in head, head

    def more(self):
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the relay has closed")
        self.buffer += chunk

    def take(self, count):
        while len(self.buffer) < count:
            self.more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def write(self, opcode, payload):
        mask = os.urandom(4)
        size = struct.pack("!B", 0x80 | len(payload)) if len(payload) < 126 else struct.pack("!BH", 0xFE, len(payload))
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(bytes([0x80 | opcode]) + size + mask + masked)

    def read(self):
        """The next text."""
        while True:
            first, second = self.take(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self.take(2))
            payload = self.take(size)
            assert first & 0x80, "fragmented"
            if first & 0x0F == 0x1:
                return payload.decode()
            if first & 0x0F == 0x9:
                self.write(0xA, payload)
            if first & 0x0F == 0x8:
                raise ConnectionError(f"closed: {payload!r}")

    def settle(self):
        """Returns when the relay has taken what was sent, and our answers to its pings too (those come behind the first mark)."""
        self.answered()
        self.answered()

    def answered(self):
        mark = os.urandom(4)
        self.write(0x9, mark)
        while True:
            first, second = self.take(2)
            payload = self.take(second & 0x7F)
            if first & 0x0F == 0x9:
                self.write(0xA, payload)
            elif first & 0x0F == 0xA and payload == mark:
                return
            else:
                assert first & 0x0F == 0xA, payload

    def close(self):
        self.write(0x8, struct.pack("!H", 1000))
        self.socket.close()


class Person:
    def __init__(self, host, port, careful):
        self.host, self.port, self.careful = host, port, careful
        self.ecdh, self.eddsa = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        keys = {"ecdh_public_key": raw(self.ecdh.public_key()).hex(), "eddsa_public_key": raw(self.eddsa.public_key()).hex()}
        user = self.ask("POST", "/users", keys)
        assert user["name"] is None and {name: user[name] for name in keys} == keys, user
        self.code = user["code"]

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        text = answer.read()
        assert 200 <= answer.status < 300, (answer.status, text)
        return json.loads(text)

    def frame(self, message, recipient=None):
        data = {"sender": self.code, "message": message}
        if recipient:
            data["recipient"] = recipient
        if self.careful:
            data |= {"ts": int(time.time() * 1000), "nonce": os.urandom(16).hex(), "relay": f"{self.host}:{self.port}"}
        # with spaces and escapes: what is signed is the value, not this text
        return json.dumps({"data": data, "signature": self.eddsa.sign(jcs(data).encode()).hex()}, indent=1)

    def connect(self):
        self.ws = WebSocket(self.host, self.port, "/ws")
        self.ws.write(0x1, self.frame({"type": "connect"}).encode())
        answer = json.loads(self.ws.read())
        assert answer == {"data": {"sender": "server", "recipient": self.code, "message": {"type": "connect_ack"}}}, answer

    def send(self, kind, recipient, **more):
        payload = {"ecdh_public_key": raw(self.ecdh.public_key()).hex(), **more}
        text = self.frame({"type": kind, "payload": payload}, recipient)
        self.ws.write(0x1, text.encode())
        return text

    def receive(self, kind):
        text = self.ws.read()
        frame = json.loads(text)
        data = frame["data"]
        assert data["message"]["type"] == kind and data["recipient"] == self.code, frame
        sender = self.ask("GET", f"/users/{data['sender']}")
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sender["eddsa_public_key"]))
        key.verify(bytes.fromhex(frame["signature"]), jcs(data).encode())
        assert data["message"]["payload"]["ecdh_public_key"] == sender["ecdh_public_key"]
        return text, data["sender"], data["message"]["payload"]

    def sym_key(self, peer_key_hex, initiator, other):
        shared = self.ecdh.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(peer_key_hex)))
        info = b"cairn/1 directory" + initiator.encode() + other.encode()
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(shared)


def main(host, port, mode):
    alice, bob = Person(host, port, careful=True), Person(host, port, careful=False)
    alice.connect()
    if mode == "both-online":
        bob.connect()
    sent = alice.send("key_exchange", bob.code, greeting="Grüße 👋 \u0001")
    if mode == "recipient-offline":
        alice.ws.settle()
        alice.ws.close()
        bob.connect()
    got, sender, payload = bob.receive("key_exchange")
    assert got == sent and sender == alice.code, "altered on the way"
    bob_key = bob.sym_key(payload["ecdh_public_key"], alice.code, bob.code)

    invite = os.urandom(24 + 300).hex()
    sent = bob.send("key_exchange_ack", alice.code, invite=invite)
    if mode == "recipient-offline":
        bob.ws.settle()
        alice.connect()
    got, sender, payload = alice.receive("key_exchange_ack")
    assert got == sent and sender == bob.code and payload["invite"] == invite, "altered on the way"
    alice_key = alice.sym_key(payload["ecdh_public_key"], alice.code, bob.code)

    for person in (alice, bob):  # nothing comes twice
        person.ws.settle()
        person.ws.close()
        person.connect()
        person.ws.settle()
    print(json.dumps({"mode": mode, "sameKey": alice_key == bob_key, "bytes": len(alice_key)}))


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
