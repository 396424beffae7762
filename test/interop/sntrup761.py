"""Streamlined NTRU Prime sntrup761 in plain Python, from the NTRU Prime specification (round 3) and its supplementary encodings.

For checking another implementation: it is slow and not constant-time.
"""
import hashlib

P, Q, W = 761, 4591, 286
ROUNDED_BYTES, RQ_BYTES, SMALL_BYTES = 1007, 1158, 191
SECRET_BYTES = 2 * SMALL_BYTES + RQ_BYTES + SMALL_BYTES + 32
Q12 = (Q - 1) // 2


def H(prefix: int, data: bytes) -> bytes:
    return hashlib.sha512(bytes([prefix]) + data).digest()[:32]


def encode(R, M) -> bytes:
    """The specification's Encode(R, M): mixed radix, pairs joined until one number is left."""
    R, M, out = list(R), list(M), bytearray()
    if not M:
        return b""
    while len(M) > 1:
        R2, M2 = [], []
        for i in range(0, len(M) - 1, 2):
            r, m = R[i] + R[i + 1] * M[i], M[i] * M[i + 1]
            while m >= 16384:
                out.append(r % 256)
                r, m = r // 256, (m + 255) // 256
            R2.append(r)
            M2.append(m)
        if len(M) & 1:
            R2.append(R[-1])
            M2.append(M[-1])
        R, M = R2, M2
    r, m = R[0], M[0]
    while m > 1:
        out.append(r % 256)
        r, m = r // 256, (m + 255) // 256
    return bytes(out)


def decode(S: bytes, M):
    M = list(M)
    if not M:
        return []
    if len(M) == 1:
        return [int.from_bytes(S, "little") % M[0]]
    at, bottoms, M2 = 0, [], []
    for i in range(0, len(M) - 1, 2):
        m, r, t = M[i] * M[i + 1], 0, 1
        while m >= 16384:
            r, t, at = r + S[at] * t, t * 256, at + 1
            m = (m + 255) // 256
        bottoms.append((r, t))
        M2.append(m)
    if len(M) & 1:
        M2.append(M[-1])
    R2, R = decode(S[at:], M2), []
    for i in range(0, len(M) - 1, 2):
        low, t = bottoms[i // 2]
        r = low + t * R2[i // 2]
        R += [r % M[i], (r // M[i]) % M[i + 1]]
    if len(M) & 1:
        R.append(R2[-1])
    return R


def small_encode(f) -> bytes:
    f = [c + 1 for c in f] + [0] * 3
    return bytes(f[i] + 4 * f[i + 1] + 16 * f[i + 2] + 64 * f[i + 3] for i in range(0, P - 1, 4)) + bytes([f[P - 1]])


def small_decode(s: bytes):
    return [((s[i // 4] >> (2 * (i % 4))) & 3) - 1 for i in range(P)]


def rq_decode(s: bytes):
    return [r - Q12 for r in decode(s, [Q] * P)]


def rounded_encode(r) -> bytes:
    return encode([(c + Q12) // 3 for c in r], [(Q + 2) // 3] * P)


def rounded_decode(s: bytes):
    return [3 * r - Q12 for r in decode(s, [(Q + 2) // 3] * P)]


def multiply(f, g, modulus: int):
    """f·g in (Z/modulus)[x]/(x^p - x - 1), centred; by one multiplication of long integers (Kronecker)."""
    bits = 48
    pack = lambda a: sum(((c % modulus) << (bits * i)) for i, c in enumerate(a))
    product, mask = pack(f) * pack(g), (1 << bits) - 1
    raw = product.to_bytes((2 * P * bits) // 8 + 8, "little")
    c = [int.from_bytes(raw[6 * i:6 * i + 6], "little") & mask for i in range(2 * P - 1)]
    for i in range(2 * P - 2, P - 1, -1):
        c[i - P] += c[i]
        c[i - P + 1] += c[i]
    half = modulus // 2
    return [(x + half) % modulus - half for x in c[:P]]


def confirm(r_encoded: bytes, pk: bytes) -> bytes:
    return H(2, H(3, r_encoded) + H(4, pk))


def encrypt(r, pk: bytes) -> bytes:
    c = multiply(rq_decode(pk), r, Q)
    rounded = [x - ((x + 1) % 3 - 1) for x in c]
    return rounded_encode(rounded)


def short_from_bytes(seed: bytes):
    """Short_random: 761 numbers of 32 bits, of which the first w become ±1; sorted, their low bits are the polynomial."""
    L = [int.from_bytes(seed[4 * i:4 * i + 4], "little") for i in range(P)]
    L = [(x & 0xFFFFFFFE) if i < W else ((x & 0xFFFFFFFD) | 1) for i, x in enumerate(L)]
    # sorted as unsigned numbers
    return [(x & 3) - 1 for x in sorted(L)]


def encapsulate(pk: bytes, random_bytes):
    assert len(pk) == RQ_BYTES
    r = short_from_bytes(random_bytes(4 * P))
    return finish(r, pk)


def finish(r, pk: bytes):
    r_encoded = small_encode(r)
    c = encrypt(r, pk) + confirm(r_encoded, pk)
    return c, H(1, H(3, r_encoded) + c)


def decapsulate(sk: bytes, c: bytes) -> bytes:
    assert len(sk) == SECRET_BYTES and len(c) == ROUNDED_BYTES + 32
    f, ginv = small_decode(sk[:SMALL_BYTES]), small_decode(sk[SMALL_BYTES:2 * SMALL_BYTES])
    rest = sk[2 * SMALL_BYTES:]
    pk, rho = rest[:RQ_BYTES], rest[RQ_BYTES:RQ_BYTES + SMALL_BYTES]
    cf3 = [3 * x for x in multiply(rounded_decode(c[:ROUNDED_BYTES]), f, Q)]
    e = [((x + Q12) % Q - Q12 + 1) % 3 - 1 for x in cf3]
    r = multiply(e, ginv, 3)
    if sum(x & 1 for x in r) != W:
        r = [1] * W + [0] * (P - W)
    r_encoded = small_encode(r)
    again, _ = finish(r, pk)
    if again == c:
        return H(1, H(3, r_encoded) + c)
    return H(0, H(3, rho) + c)


# Key generation needs inverses: of 3f modulo q and of g modulo 3, by the extended Euclidean algorithm.

def invert(f, modulus: int):
    """1/f in (Z/modulus)[x]/(x^p - x - 1) as coefficients in 0..modulus-1, or None."""
    a = [0] * (P + 1)
    a[0], a[1], a[P] = modulus - 1, modulus - 1, 1
    b = [c % modulus for c in f]
    u, v = [0], [1]
    degree = lambda g: next((i for i in range(len(g) - 1, -1, -1) if g[i]), -1)
    da, db = degree(a), degree(b)
    while db > 0:
        inverse = pow(b[db], -1, modulus)
        while da >= db:
            factor, shift = a[da] * inverse % modulus, da - db
            for i in range(db + 1):
                a[i + shift] = (a[i + shift] - factor * b[i]) % modulus
            u += [0] * (len(v) + shift - len(u))
            for i, c in enumerate(v):
                u[i + shift] = (u[i + shift] - factor * c) % modulus
            da = degree(a)
        a, b, u, v, da, db = b, a, v, u, db, da
    if db < 0:
        return None
    scale = pow(b[0], -1, modulus)
    return ([c * scale % modulus for c in v] + [0] * P)[:P]


def generate(random_bytes):
    while True:
        small = random_bytes(4 * P)
        g = [(((int.from_bytes(small[4 * i:4 * i + 4], "little") & 0x3FFFFFFF) * 3) >> 30) - 1 for i in range(P)]
        ginv = invert(g, 3)
        if ginv is not None:
            break
    f = short_from_bytes(random_bytes(4 * P))
    h = multiply(invert([3 * c for c in f], Q), g, Q)
    pk = encode([c + Q12 for c in h], [Q] * P)
    ginv = [(c + 1) % 3 - 1 for c in ginv]
    return pk, small_encode(f) + small_encode(ginv) + pk + (rho := random_bytes(SMALL_BYTES)) + H(4, pk)
