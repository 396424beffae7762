import { createCipheriv } from 'node:crypto'

/** AES-256-CTR-DRBG without reseeding, NIST SP 800-90A section 10.2.1, as the generators of known answers of the PQC project use it. */
export const nistDrbg = (entropy: Uint8Array): ((length: number) => Uint8Array) => {
  let key = new Uint8Array(32)
  let v = new Uint8Array(16)

  const block = (): Uint8Array => {
    for (let i = 15; i >= 0; i--) {
      v[i] = ((v[i] as number) + 1) & 255
      if (v[i] !== 0) break
    }
    const aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    return aes.update(v)
  }

  const update = (data: Uint8Array): void => {
    const next = Buffer.concat([block(), block(), block()]).map((byte, i) => byte ^ (data[i] ?? 0))
    key = new Uint8Array(next.subarray(0, 32))
    v = new Uint8Array(next.subarray(32))
  }

  update(entropy)
  return (length) => {
    const blocks = Array.from({ length: Math.ceil(length / 16) }, block)
    update(new Uint8Array(48))
    return new Uint8Array(Buffer.concat(blocks).subarray(0, length))
  }
}
