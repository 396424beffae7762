/**
 * What is inside a packet of profile cairn, docs/protocol.md section 10: a byte for its kind, and its body.
 *
 *     0 ping       empty                              3 rotation answer   u32be key number ‖ X25519 key (32)
 *     1 pong       empty                              4 close             empty
 *     2 rotation offer   u32be key number ‖ X25519 key (32)   5 data      what the layer above says
 */
import { CairnError } from '#shared/errors.ts'
import { concat, readU32be, u32be } from '../../protocol/bytes.ts'

export interface Rotation {
  /** Key number that it brings. */
  number: number
  /** Ephemeral X25519 key, 32 bytes. */
  key: Uint8Array
}

export type Packet =
  | { kind: 'ping' | 'pong' | 'close' }
  | ({ kind: 'offer' } & Rotation)
  | ({ kind: 'answer' } & Rotation)
  | { kind: 'data'; payload: Uint8Array }

const kinds = ['ping', 'pong', 'offer', 'answer', 'close', 'data'] as const

const bodyOf = (packet: Packet): Uint8Array => {
  if ('payload' in packet) return packet.payload
  return 'key' in packet ? concat(u32be(packet.number), packet.key) : new Uint8Array()
}

export const encodePacket = (packet: Packet): Uint8Array => concat(Uint8Array.of(kinds.indexOf(packet.kind)), bodyOf(packet))

const malformed = () => new CairnError('codec.malformed', { details: { what: 'packet' } })

/** To the last byte. Errors: `codec.malformed`, `codec.newer-version` for a kind that is not known here. */
export function decodePacket(plaintext: Uint8Array): Packet {
  if (plaintext.length === 0) throw malformed()
  const kind = kinds[plaintext[0] as number]
  const body = plaintext.subarray(1)
  if (kind === undefined) throw new CairnError('codec.newer-version', { details: { what: 'packet' } })
  if (kind === 'data') return { kind, payload: body }
  if (kind === 'offer' || kind === 'answer') {
    if (body.length !== 36) throw malformed()
    return { kind, number: readU32be(body), key: body.slice(4) }
  }
  if (body.length !== 0) throw malformed()
  return { kind }
}
