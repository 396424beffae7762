#!/usr/bin/python3
"""The handshake of the LAN link's profile bittrrt, both sides, written from its description alone; nothing of Cairn's own.

    lan_link.py server              answers everybody, sends every packet back with "echo " before it; prints a line of JSON for each event
    lan_link.py client HOST PORT    connects, says things whole and damaged, and prints what came of it as JSON
"""
import base64
import hashlib
import json
import os
import socket
import sys

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NET_OBS_KEY = b"OdiXEOXdvwgWfIizYjdEguhN-IP7eyqp9oITq_0MiBs="
NEGOTIATION_DELAY = 100
NEGOTIATION_REPEAT = 50


class CommEncryptor:
    """Ephemeral X25519, HKDF-SHA256, ChaCha20-Poly1305 with random nonces."""

    def __init__(self):
        self.private = X25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def derive_shared_secret(self, peer):
        self.peer = peer
        shared = self.private.exchange(X25519PublicKey.from_public_bytes(peer))
        key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"bittrrt-chacha20poly1305").derive(shared)
        self.aead = ChaCha20Poly1305(key)

    def encrypt(self, plaintext, associated_data=b""):
        nonce = os.urandom(12)
        return nonce + self.aead.encrypt(nonce, plaintext, associated_data)

    def decrypt(self, packet, associated_data=b""):
        return self.aead.decrypt(packet[:12], packet[12:], associated_data)


def message(cmd, public, obfuscation_key=NET_OBS_KEY, before=b""):
    body = json.dumps({"cmd": cmd, "pubkey": base64.urlsafe_b64encode(public).decode()})
    return Fernet(obfuscation_key).encrypt(before + body.encode())


def read(datagram):
    """(cmd, key), or None for what is no message."""
    try:
        body = json.loads(Fernet(NET_OBS_KEY).decrypt(datagram))
    except (InvalidToken, ValueError):
        return None
    return body["cmd"], base64.urlsafe_b64decode(body["pubkey"])


def damaged(packet, at):
    return packet[:at] + bytes([packet[at] ^ 1]) + packet[at + 1 :]


def fingerprint(public):
    digest = hashlib.sha256(public).hexdigest()[:32]
    return " ".join(digest[i : i + 4] for i in range(0, 32, 4))


def say(**event):
    print(json.dumps(event), flush=True)


def serve():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    say(event="listening", port=sock.getsockname()[1])
    clients = {}
    while True:
        datagram, address = sock.recvfrom(65536)
        found = read(datagram)
        if found and found[0] == "connect":
            comm = clients.get(address)
            if comm is None or comm.peer != found[1]:
                comm = clients[address] = CommEncryptor()
                comm.derive_shared_secret(found[1])
                say(event="connected", own=fingerprint(comm.public), peer=fingerprint(comm.peer))
            sock.sendto(message("connected", comm.public), address)
        elif address in clients:
            comm = clients[address]
            try:
                plaintext = comm.decrypt(datagram)
            except InvalidTag:
                say(event="damaged")
                continue
            say(event="packet", text=plaintext.decode())
            answer = comm.encrypt(b"echo " + plaintext)
            sock.sendto(damaged(answer, 12), address)
            sock.sendto(answer, address)
            sock.sendto(answer, address)


def connect(address, **how):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(NEGOTIATION_DELAY / 1000)
    comm = CommEncryptor()
    for _ in range(NEGOTIATION_REPEAT):
        sock.sendto(message("connect", comm.public, **how), address)
        try:
            found = read(sock.recv(65536))
        except TimeoutError:
            continue
        if found and found[0] == "connected":
            comm.derive_shared_secret(found[1])
            sock.settimeout(20)
            return sock, comm
    raise SystemExit("no answer")


def call(host, port):
    address = (host, int(port))
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.sendto(message("connect", CommEncryptor().public, obfuscation_key=Fernet.generate_key()), address)
    results = []
    for before in (b"", (7).to_bytes(8, "big")):  # later releases put a counter first
        sock, comm = connect(address, before=before)
        packet = comm.encrypt(b"hello from Python")
        for at in (0, 12, len(packet) - 1):
            sock.sendto(damaged(packet, at), address)
        sock.sendto(packet, address)
        sock.sendto(packet, address)
        answer = sock.recv(65536)
        while read(answer):  # a second answer to a connect that was repeated
            answer = sock.recv(65536)
        try:
            comm.decrypt(damaged(answer, 20))
            raise SystemExit("took a damaged packet")
        except InvalidTag:
            pass
        results.append({"answer": comm.decrypt(answer).decode(), "own": fingerprint(comm.public), "peer": fingerprint(comm.peer)})
    stranger.settimeout(0.05)
    try:
        stranger.recv(65536)
        raise SystemExit("answered a stranger")
    except TimeoutError:
        print(json.dumps(results))


serve() if sys.argv[1] == "server" else call(*sys.argv[2:])
