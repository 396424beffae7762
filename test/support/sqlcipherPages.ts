/**
 * Decrypts an SQLCipher 4 file page by page with node:crypto alone, as docs/keystore.md describes it: a second implementation for
 * tests of the format and of what deleted rows leave behind.
 */
import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'

const pageSize = 4096
const ivSize = 16
const macSize = 64
const bodySize = pageSize - ivSize - macSize
const saltSize = 16

/** `key` is the raw key, 32 bytes. Throws if a page's MAC does not hold. */
export function decryptPages(path: string, key: Uint8Array): Buffer[] {
  const file = readFileSync(path)
  const salt = file.subarray(0, saltSize)
  const macKey = pbkdf2Sync(
    key,
    salt.map((byte) => byte ^ 0x3a),
    2,
    32,
    'sha512',
  )
  const count = file.length / pageSize
  return Array.from({ length: count }, (_, i) => decryptPage(file.subarray(i * pageSize, (i + 1) * pageSize), i + 1, key, macKey))
}

function decryptPage(page: Buffer, pageNumber: number, key: Uint8Array, macKey: Uint8Array): Buffer {
  const start = pageNumber === 1 ? saltSize : 0
  const number = Buffer.alloc(4)
  number.writeUInt32LE(pageNumber)
  const mac = createHmac('sha512', macKey)
    .update(page.subarray(start, bodySize + ivSize))
    .update(number)
    .digest()
  if (!timingSafeEqual(mac, page.subarray(bodySize + ivSize))) throw new Error(`the MAC of page ${pageNumber} does not hold`)
  const cipher = createDecipheriv('aes-256-cbc', key, page.subarray(bodySize, bodySize + ivSize)).setAutoPadding(false)
  return Buffer.concat([cipher.update(page.subarray(start, bodySize)), cipher.final()])
}
