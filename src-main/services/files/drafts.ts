/**
 * Files that a window hands over piece by piece, or that are made anew out of one that is here. They are sealed as they come, so memory
 * holds one chunk of each; until it is sent, the secret of a file is in memory alone, and what the folder has of it means nothing.
 */
import type { Parsed } from '#shared/contract/contract.ts'
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { fileKind, plainType } from '#shared/files.ts'
import { concat, hex, wipe } from '../../protocol/bytes.ts'
import { chunkCount, chunkLength, sealChunk } from '../../protocol/fileChunks.ts'
import type { FileRow } from '../../storage/fileStore.ts'
import type { SealedFiles } from '../../storage/sealedFiles.ts'
import type { Core } from '../core.ts'
import { fromBase64, isPicture } from './content.ts'

/** What is known of a file before it is anybody's. */
export type About = Pick<FileRow, 'name' | 'type' | 'size' | 'preview' | 'width' | 'height' | 'seconds' | 'kind'>

export interface Draft extends About {
  file: string
  secret: Uint8Array
}

interface Growing extends Draft {
  /** Bytes that have come. */
  offset: number
  /** Chunks that are on the disk. */
  sealed: number
  rest: Uint8Array
  busy: boolean
}

export function createDrafts(core: Core, sealed: SealedFiles) {
  const { random } = core.ports
  const drafts = new Map<string, Growing>()

  function add(about: About): Growing {
    const draft = { ...about, file: hex(random(16)), secret: random(32), offset: 0, sealed: 0, rest: new Uint8Array(), busy: false }
    drafts.set(draft.file, draft)
    return draft
  }

  /** Errors: `file.too-large`, `file.too-many`. */
  function begin({ name, type, size, preview, width, height, seconds }: Parsed<'files.begin'>): { fileId: string; offset: number } {
    if (size > limits.fileBytes) throw new CairnError('file.too-large')
    if (drafts.size >= limits.fileDrafts) throw new CairnError('file.too-many')
    const small = preview === null ? null : fromBase64(preview)
    const about = { name, type: plainType(type), size, width, height, seconds, kind: fileKind(plainType(type), seconds) }
    const { file } = add({ ...about, preview: small !== null && small.length <= limits.previewBytes && isPicture(small) ? small : null })
    return { fileId: file, offset: 0 }
  }

  /** Errors: `file.unknown`, `input.invalid` for a piece out of its turn, `keystore.disk-full`; the draft is then as it was. */
  async function append(fileId: string, offset: number, data: Uint8Array): Promise<{ fileId: string; offset: number }> {
    const draft = known(fileId)
    if (draft.busy || offset !== draft.offset || offset + data.length > draft.size)
      throw new CairnError('input.invalid', { details: { path: 'offset' } })
    draft.busy = true
    try {
      await grow(draft, data)
    } finally {
      draft.busy = false
    }
    return { fileId, offset: draft.offset }
  }

  async function grow(draft: Growing, data: Uint8Array): Promise<void> {
    let [all, i] = [draft.rest.length === 0 ? data : concat(draft.rest, data), draft.sealed]
    const isLastPiece = draft.offset + data.length === draft.size
    for (; i < chunkCount(draft.size); i++) {
      const length = chunkLength(draft.size, i)
      if (all.length < length || (length === 0 && !isLastPiece)) break
      await sealed.write(draft.file, i, sealChunk(core.context(), draft, i, all.subarray(0, length)))
      all = all.subarray(length)
    }
    wipe(draft.rest)
    Object.assign(draft, { sealed: i, rest: all.slice(), offset: draft.offset + data.length })
  }

  function known(fileId: string): Growing {
    const draft = drafts.get(fileId)
    if (!draft) throw new CairnError('file.unknown')
    return draft
  }

  /** Whole and on the disk. Errors: `file.unknown`, `file.incomplete`, `keystore.*`. */
  async function ready(fileId: string): Promise<Draft> {
    const draft = known(fileId)
    if (draft.size === 0 && draft.sealed === 0) await append(fileId, 0, new Uint8Array())
    if (draft.sealed < chunkCount(draft.size)) throw new CairnError('file.incomplete')
    await sealed.sync(draft.file)
    return draft
  }

  async function discard(fileId: string): Promise<void> {
    if (drafts.delete(fileId)) await sealed.remove(fileId)
  }

  /** The same bytes under another secret, for somebody else. Errors: as `ready`, and those of reading. */
  async function copy(of: About, chunks: AsyncIterable<Uint8Array>): Promise<Draft> {
    const draft = add(of)
    try {
      for await (const chunk of chunks) await append(draft.file, draft.offset, chunk)
      return await ready(draft.file)
    } catch (error) {
      await discard(draft.file)
      throw error
    }
  }

  return {
    begin,
    append,
    ready,
    discard,
    copy,
    /** It belongs to a message now. */
    taken: (fileId: string) => void drafts.delete(fileId),
  }
}
