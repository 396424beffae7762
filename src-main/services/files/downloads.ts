/**
 * Files of contacts on their way here: a window of chunks' places is watched at the relay; what comes is opened, written as it came, and
 * acknowledged once it is on the disk and recorded. So a program that dies loses nothing but a few chunks, which come again.
 */
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { RvStatus } from '../../ports.ts'
import { hex } from '../../protocol/bytes.ts'
import { chunkCount, chunkNumbers, openChunk } from '../../protocol/fileChunks.ts'
import { countBits, hasBit, setBit } from '../../storage/bits.ts'
import { bytesDone } from '../../storage/fileModel.ts'
import type { FileChanges, FileRow } from '../../storage/fileStore.ts'
import type { SealedFiles } from '../../storage/sealedFiles.ts'
import type { Core } from '../core.ts'
import type { Links } from '../links.ts'
import type { Publisher } from '../publisher.ts'
import type { Watch, Watches } from '../watches.ts'
import { chunkPlace } from './places.ts'
import type { Progress } from './progress.ts'

/** Chunks asked for at once, four megabytes; more are asked for when half of them have come. */
const window = 64
const recordEvery = 250
const recordAt = 32

/** A chunk that is being waited for. */
interface Awaited {
  i: number
  n: number
  hk: Uint8Array
  /** It has been fetched a second time at this number. */
  refetched: boolean
  /** The number before this one is used up or has expired. */
  ended: boolean
}

interface Download {
  row: FileRow & { relay: string }
  /** By the hex of their seeds. */
  awaited: Map<string, Awaited>
  /** Taken out of what is awaited, but not recorded. */
  writing: Set<number>
  written: { i: number; n: number }[]
  cursor: number
  recording: boolean
}

export interface DownloadsParts {
  links: Links
  publisher: Publisher
  sealed: SealedFiles
  progress: Progress
  watches: Watches
}

export function createDownloads(core: Core, { links, publisher, sealed, progress, watches }: DownloadsParts) {
  const { primitives, logger } = core.ports
  const { files } = core.stores
  const downloads = new Map<string, Download>()
  const ownerOf = ({ file }: FileRow): string => `file ${file}`

  const isActive = (download: Download): boolean => core.open && downloads.get(ownerOf(download.row)) === download

  function start(row: FileRow): void {
    const { relay } = row
    if (relay === null || downloads.has(ownerOf(row))) return
    const download: Download = {
      ...{ row: { ...row, relay, chunks: row.chunks.slice() }, awaited: new Map(), writing: new Set(), written: [] },
      ...{ cursor: 0, recording: false },
    }
    downloads.set(ownerOf(row), download)
    links.get(relay)
    refill(download)
  }

  function refill(download: Download): void {
    const { row, awaited, writing } = download
    const count = chunkCount(row.size)
    for (; download.cursor < count && awaited.size + writing.size < window; download.cursor++) {
      const i = download.cursor
      if (hasBit(row.chunks, i) || writing.has(i)) continue
      const { hk } = chunkPlace(primitives, row, i, 0)
      awaited.set(hex(hk), { i, n: 0, hk, refetched: false, ended: false })
    }
    watch(download)
  }

  const watch = ({ row, awaited }: Download): void =>
    watches.set(
      ownerOf(row),
      [...awaited.values()].map(({ hk, n }) => ({ purpose: 'file', relay: row.relay, hk, numbers: [n] })),
    )

  function onBlob({ owner, hk, n }: Watch, blob: Uint8Array, rv: string): void {
    const download = downloads.get(owner)
    const chunk = download?.awaited.get(hex(hk))
    if (!download || chunk?.n !== n) return
    if (!opens(download.row, chunk.i, blob)) return notOurs(download, chunk, rv)
    download.awaited.delete(hex(hk))
    download.writing.add(chunk.i)
    void keep(download, chunk, blob)
  }

  function opens(row: FileRow, i: number, blob: Uint8Array): boolean {
    try {
      openChunk(primitives, row, i, blob)
      return true
    } catch (error) {
      if (error instanceof CairnError) return false
      throw error
    }
  }

  /** Damaged on its way, perhaps: once more. Else somebody else's, and the sender has taken the next number. */
  function notOurs(download: Download, chunk: Awaited, rv: string): void {
    if (!chunk.refetched) {
      chunk.refetched = true
      return links.get(download.row.relay).refetch(rv)
    }
    further(download, chunk, 'file.damaged')
  }

  function further(download: Download, chunk: Awaited, error: 'file.damaged' | 'file.gone'): void {
    Object.assign(chunk, { n: chunk.n + 1, refetched: false, ended: error === 'file.gone' })
    if (chunk.n >= chunkNumbers) return end(download, { state: 'failed', error })
    watch(download)
  }

  function onStatus({ owner, hk, n }: Watch, status: RvStatus): void {
    const download = downloads.get(owner)
    const chunk = download?.awaited.get(hex(hk))
    if (!download || chunk?.n !== n) return
    if (status === 'consumed' || status === 'expired') further(download, chunk, 'file.gone')
    else if (status === 'empty' && chunk.ended) end(download, { state: 'failed', error: 'file.gone' })
  }

  async function keep(download: Download, { i, n }: Awaited, blob: Uint8Array): Promise<void> {
    const { row, written } = download
    try {
      await sealed.write(row.file, i, blob)
    } catch (error) {
      return failed(download, error)
    }
    if (!isActive(download)) return
    written.push({ i, n })
    progress.moved(row, bytesDone(row) + written.length * Math.ceil(row.size / chunkCount(row.size)))
    if (written.length >= recordAt || written.length === chunkCount(row.size) - countBits(row.chunks)) void record(download)
    else if (written.length === 1) core.after(recordEvery, () => void record(download))
    if (download.awaited.size <= window / 2) refill(download)
  }

  /** On the disk, then in the keystore, and only then deleted at the relay. */
  async function record(download: Download): Promise<void> {
    const { row } = download
    if (download.recording || !isActive(download)) return
    download.recording = true
    try {
      while (download.written.length > 0 && isActive(download)) {
        const taken = download.written.slice()
        await sealed.sync(row.file)
        if (isActive(download)) commit(download, taken)
      }
    } catch (error) {
      failed(download, error)
    } finally {
      download.recording = false
    }
  }

  function commit(download: Download, taken: readonly { i: number; n: number }[]): void {
    const { row } = download
    download.written.splice(0, taken.length)
    for (const { i } of taken) {
      setBit(row.chunks, i)
      download.writing.delete(i)
    }
    const isWhole = countBits(row.chunks) === chunkCount(row.size)
    // what lies there for a group is read by all its members, but for a copy
    const isMine = row.peer !== null || core.stores.contacts.byNo(row.contact)?.kind !== 'group'
    core.commit(() => {
      for (const { i, n } of isMine ? taken : []) {
        const place = chunkPlace(primitives, row, i, n)
        publisher.acknowledgeAt(row.relay, place.hk, n, place.deleteKey())
      }
      if (isWhole) end(download, { state: 'here', error: null, chunks: row.chunks })
      else files.update(row.contact, row.id, { chunks: row.chunks })
    })
    if (!isWhole && isActive(download)) refill(download)
  }

  function failed(download: Download, error: unknown): void {
    if (!isActive(download)) return
    const code = isCairnError(error) ? error.code : 'internal'
    logger.warn('files.download-failed', { code })
    const changes = { state: 'failed', error: code } as const
    core.guard('files.failure-not-kept', () => end(download, changes)) // a full disk takes no note of itself either
    progress.rested({ ...download.row, ...changes })
  }

  function end(download: Download, changes: FileChanges): void {
    const row = { ...download.row, ...changes }
    forget(row)
    core.commit(() => {
      files.update(row.contact, row.id, changes)
      progress.rested(row)
    })
  }

  function forget(row: FileRow): void {
    if (!downloads.delete(ownerOf(row))) return
    watches.clear(ownerOf(row))
    sealed.release(row.file)
  }

  return {
    start,
    onBlob,
    onStatus,
    /** The person has had enough; what is here stays, to go on with. */
    stop(row: FileRow): void {
      const download = downloads.get(ownerOf(row))
      if (download) end(download, { state: 'offered', error: null })
    },
    forget,
    /** A new connection: what the last one said, or served, may have been false. */
    reconsider(relay: string): void {
      for (const download of downloads.values()) {
        if (download.row.relay !== relay) continue
        for (const chunk of download.awaited.values()) Object.assign(chunk, { n: 0, refetched: false, ended: false })
        watch(download)
      }
    },
    relays: () => [...downloads.values()].map(({ row }) => row.relay),
  }
}
