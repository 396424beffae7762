/**
 * Own files on their way to relays: their sealed chunks, several at once, from the disk. What a relay has taken is recorded a little
 * later; after a crash the rest is published again as it was, and the relay says `same`.
 */
import { CairnError, isCairnError } from '#shared/errors.ts'
import { bytesDone } from '../../storage/fileModel.ts'
import { clearBit, countBits, hasBit, setBit } from '../../storage/bits.ts'
import type { FileChanges, FileRow } from '../../storage/fileStore.ts'
import type { SealedFiles } from '../../storage/sealedFiles.ts'
import { chunkBlobSize, chunkCount, chunkNumbers } from '../../protocol/fileChunks.ts'
import { describeError } from '../../errorFacts.ts'
import type { Core } from '../core.ts'
import type { Links } from '../links.ts'
import type { Publisher } from '../publisher.ts'
import { chunkPlace } from './places.ts'
import type { Progress } from './progress.ts'

/** Chunks on their way to one relay: a megabyte, so that a text waits for no more than that. */
const window = 16
const recordEvery = 250
const retryAfter = 2_000

interface Upload {
  row: FileRow & { relay: string }
  /** Looked at so far; what lies before it is under way or done. */
  cursor: number
  flying: Set<number>
  changed: boolean
}

export interface UploadsParts {
  links: Links
  publisher: Publisher
  sealed: SealedFiles
  progress: Progress
  /** The relay keeps nothing of it any more. In the transaction that says so. */
  onSettled(row: FileRow): void
}

export function createUploads(core: Core, { links, publisher, sealed, progress, onSettled }: UploadsParts) {
  const { primitives, logger } = core.ports
  const { files } = core.stores
  const uploads = new Map<string, Upload>()
  /** At their relays, and not with their readers as far as is known. */
  const sent = new Map<string, FileRow & { relay: string }>()
  const paused = new Set<string>()
  const reviewing = new Set<string>()
  let recording = false

  const isActive = (upload: Upload): boolean => core.open && uploads.get(upload.row.file) === upload

  function start(row: FileRow): void {
    const { relay } = row
    if (relay === null) return
    const mine = { ...row, relay }
    if (row.state === 'sent') return void sent.set(row.file, mine)
    uploads.set(row.file, { row: { ...mine, chunks: row.chunks.slice() }, cursor: 0, flying: new Set(), changed: false })
    links.get(relay)
    pump(relay)
  }

  function pump(relay: string): void {
    if (!links.isConnected(relay) || paused.has(relay)) return
    const ours = [...uploads.values()].filter(({ row }) => row.relay === relay)
    let room = window - ours.reduce((sum, { flying }) => sum + flying.size, 0)
    for (const upload of ours) for (let i = next(upload); i !== null && room > 0; i = next(upload), room--) void carry(upload, i)
  }

  /** Leaves the chunk for the next look unless the caller takes it at once. */
  function next(upload: Upload): number | null {
    const count = chunkCount(upload.row.size)
    while (upload.cursor < count && (hasBit(upload.row.chunks, upload.cursor) || upload.flying.has(upload.cursor))) upload.cursor += 1
    return upload.cursor < count ? upload.cursor : null
  }

  async function carry(upload: Upload, i: number): Promise<void> {
    upload.flying.add(i)
    const { row } = upload
    try {
      const blob = await sealed.read(row.file, i, chunkBlobSize(row.size, i))
      if (!isActive(upload)) return // taken back meanwhile: nothing would take it from the relay again
      await publish(row, i, blob)
      if (!isActive(upload)) return
      setBit(row.chunks, i)
      upload.changed = true
      progress.moved(row, bytesDone(row))
      recordSoon()
    } catch (error) {
      upload.cursor = 0
      if (isActive(upload)) failed(upload, error)
    } finally {
      upload.flying.delete(i)
      if (core.open) pump(row.relay)
    }
  }

  /** At the first number that is free. One that is used up was read by the only other who can: its reader. */
  async function publish(row: Upload['row'], i: number, blob: Uint8Array): Promise<void> {
    for (let n = 0; n < chunkNumbers; n++) {
      const place = chunkPlace(primitives, row, i, n)
      const deleteHash = primitives.sha256(place.deleteKey())
      const link = links.get(row.relay)
      if ((await link.publish({ write: place.write(), deleteHash, blob })) !== 'conflict') return
      const [status] = await link.status([place.rv()])
      if (status === 'consumed') return
    }
    throw new CairnError('relay.refused', { details: { reason: 'conflict' } })
  }

  function failed(upload: Upload, error: unknown): void {
    const { row } = upload
    const code = isCairnError(error) ? error.code : 'internal'
    if (code === 'relay.unreachable') return // the link says when it is back
    if (!code.startsWith('relay.')) {
      core.guard('files.failure-not-kept', () => end(upload, { state: 'failed', error: code }))
      return progress.rested({ ...row, state: 'failed', error: code })
    }
    logger.warn('files.upload-refused', { code })
    progress.moved(row, bytesDone(row), code)
    if (paused.has(row.relay)) return
    paused.add(row.relay)
    core.after(retryAfter, () => {
      paused.delete(row.relay)
      pump(row.relay)
    })
  }

  function recordSoon(): void {
    if (recording) return
    recording = true
    core.after(recordEvery, () => {
      recording = false
      record()
    })
  }

  function record(): void {
    for (const upload of [...uploads.values()].filter(({ changed }) => changed)) {
      upload.changed = false
      const { row } = upload
      if (countBits(row.chunks) === chunkCount(row.size)) end(upload, { state: 'sent', error: null, chunks: row.chunks })
      else core.commit(() => files.update(row.contact, row.id, { chunks: row.chunks }), 'unsynced')
    }
  }

  function end(upload: Upload, changes: FileChanges): void {
    const row = { ...upload.row, ...changes }
    uploads.delete(row.file)
    sealed.release(row.file)
    if (row.state === 'sent') sent.set(row.file, row)
    core.commit(() => {
      files.update(row.contact, row.id, changes)
      progress.rested(row)
    })
  }

  /** What a relay has lost goes out again; what was read, or lay there too long, is looked after no more. */
  async function review(relay: string): Promise<void> {
    if (!links.isConnected(relay) || reviewing.has(relay)) return
    reviewing.add(relay)
    try {
      for (const row of [...sent.values()].filter((one) => one.relay === relay)) await look(row)
    } catch (error) {
      if (!isCairnError(error)) throw error // else the relay is asked again the next time
    } finally {
      reviewing.delete(relay)
    }
  }

  const reviewAt = (relay: string): void =>
    void review(relay).catch((error: unknown) => logger.warn('files.review-failed', describeError(error)))

  async function look(row: FileRow & { relay: string }): Promise<void> {
    const rvs = Array.from({ length: chunkCount(row.size) }, (_, i) => chunkPlace(primitives, row, i, 0).rv())
    const statuses = await links.get(row.relay).status(rvs)
    if (!core.open || sent.get(row.file) !== row) return
    const lost = statuses.flatMap((status, i) => (status === 'empty' ? [i] : []))
    if (lost.length > 0) return again(row, lost)
    if (statuses.includes('stored')) return
    sent.delete(row.file)
    const error = statuses.includes('expired') ? 'file.gone' : null
    core.commit(() => {
      files.update(row.contact, row.id, { settled: true, error })
      if (error !== null) progress.rested({ ...row, error })
      onSettled(row)
    })
  }

  function again(row: FileRow, lost: readonly number[]): void {
    const chunks = row.chunks.slice()
    for (const i of lost) clearBit(chunks, i)
    sent.delete(row.file)
    core.commit(() => files.update(row.contact, row.id, { state: 'sending', chunks }))
    start({ ...row, state: 'sending', chunks })
  }

  /**
   * Nobody is to get it: what lies at the relay is deleted there, also what the last run had sent and had no time to take note of. In the
   * caller's transaction.
   */
  function takeBack(row: FileRow): void {
    uploads.delete(row.file)
    sent.delete(row.file)
    const { relay } = row
    if (relay === null || row.settled || !row.sealed) return
    for (let i = 0; i < chunkCount(row.size); i++) {
      const { hk, n, deleteKey } = chunkPlace(primitives, { ...row, relay }, i, 0)
      publisher.acknowledgeAt(relay, hk, n, deleteKey())
    }
  }

  return {
    start,
    takeBack,
    onConnected(relay: string): void {
      pump(relay)
      reviewAt(relay)
    },
    review: () => new Set([...sent.values()].map(({ relay }) => relay)).forEach(reviewAt),
    relays: () => [...uploads.values(), ...[...sent.values()].map((row) => ({ row }))].map(({ row }) => row.relay),
  }
}
