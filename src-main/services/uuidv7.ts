import { hex } from '../protocol/bytes.ts'

/** UUIDv7 (RFC 9562 section 5.7) as 32 hex digits: 48 bits of unix milliseconds, then random. */
export function uuidv7(now: number, random: (length: number) => Uint8Array): string {
  const bytes = random(16)
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  view.setUint32(0, Math.floor(now / 0x10000))
  view.setUint16(4, now % 0x10000)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return hex(bytes)
}
