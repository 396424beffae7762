/** Numbers, blobs and recorders for tests of relays and transports. */
import { createHash, randomBytes } from 'node:crypto'
import type { Publication, RelayLinkEvents, RvStatus } from '#main/ports.ts'

export const sha256 = (...data: Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of data) hash.update(part)
  return hash.digest()
}

export interface Rendezvous {
  /** Lower-case hex. */
  rv: string
  rvBytes: Buffer
  write: Buffer
  deleteKey: Buffer
  deleteHash: Buffer
}

/** A number that nobody has used. */
export const newRendezvous = (): Rendezvous => {
  const write = randomBytes(32)
  const deleteKey = randomBytes(32)
  const rvBytes = sha256(write)
  return { rv: rvBytes.toString('hex'), rvBytes, write, deleteKey, deleteHash: sha256(deleteKey) }
}

export const newBlob = (size: 4096 | 16384 | 65536 = 4096): Buffer => randomBytes(size)

export const publicationOf = ({ write, deleteHash }: Rendezvous, blob: Uint8Array): Publication => ({ write, deleteHash, blob })

export interface LinkRecorder extends RelayLinkEvents {
  blobs: { rv: string; blob: Uint8Array }[]
  statuses: { rv: string; status: RvStatus }[]
  states: { state: 'connected' | 'connecting' | 'offline'; error: string | null }[]
}

export const recordLink = (): LinkRecorder => {
  const recorder: LinkRecorder = {
    blobs: [],
    statuses: [],
    states: [],
    onBlob: (rv, blob) => void recorder.blobs.push({ rv, blob }),
    onStatus: (rv, status) => void recorder.statuses.push({ rv, status }),
    onState: (state, error) => void recorder.states.push({ state, error }),
  }
  return recorder
}

export const silentLogger = { info: () => undefined, warn: () => undefined }

export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
