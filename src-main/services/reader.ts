/** Reads what lies in a series at a relay, once: for short invites and for looking before an invite is answered. */
import { CairnError } from '#shared/errors.ts'
import type { RvStatus } from '../ports.ts'
import { hex } from '../protocol/bytes.ts'
import { rendezvousPoint } from '../protocol/rendezvous.ts'
import type { Core } from './core.ts'
import type { Links } from './links.ts'
import type { Watch, Watches } from './watches.ts'

const numbersRead = 16
const connectWithin = 8_000
const readWithin = 8_000

export interface Found {
  n: number
  status: RvStatus
  blob: Uint8Array | null
}

export type Reader = ReturnType<typeof createReader>

export function createReader(core: Core, links: Links, watches: Watches) {
  const pending = new Map<string, (n: number, blob: Uint8Array) => void>()

  /** Statuses of the first 16 numbers, with the blob of each stored one. Errors: `relay.unreachable`. */
  async function read(relay: string, seed: Uint8Array): Promise<Found[]> {
    const link = await links.connected(relay, connectWithin)
    const numbers = Array.from({ length: numbersRead }, (_, n) => n)
    const statuses = await link.status(numbers.map((n) => rendezvousPoint(core.ports.primitives, { hk: seed, n, relay })))
    const stored = numbers.filter((n) => statuses[n] === 'stored')
    const blobs = stored.length === 0 ? new Map<number, Uint8Array>() : await fetch(relay, seed, stored)
    return numbers.map((n) => ({ n, status: statuses[n] ?? 'empty', blob: blobs.get(n) ?? null }))
  }

  function fetch(relay: string, seed: Uint8Array, numbers: number[]): Promise<Map<number, Uint8Array>> {
    const owner = `read ${hex(core.ports.random(8))}`
    const blobs = new Map<number, Uint8Array>()
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        cancel()
        pending.delete(owner)
        watches.clear(owner)
        settle()
      }
      const cancel = core.after(readWithin, () => end(() => reject(new CairnError('relay.unreachable', { details: { relay } }))))
      pending.set(owner, (n, blob) => {
        blobs.set(n, blob)
        if (blobs.size === numbers.length) end(() => resolve(blobs))
      })
      watches.set(owner, [{ purpose: 'read', relay, hk: seed, numbers }])
    })
  }

  return { read, onBlob: (watch: Watch, blob: Uint8Array) => pending.get(watch.owner)?.(watch.n, blob) }
}
