/**
 * Files that go back to a contact which has lost them. Their old places are used up, so they travel as copies under secrets of their own:
 * rows of which no message knows, named after the message of the file. A copy is sealed anew before its first chunk leaves, also after a
 * restart, and goes when its reader has it.
 */
import { isCairnError } from '#shared/errors.ts'
import { hex, unhex, utf8 } from '../../protocol/bytes.ts'
import { chunkCount, sealChunk } from '../../protocol/fileChunks.ts'
import { describeError } from '../../errorFacts.ts'
import { countBits, emptyBits } from '../../storage/bits.ts'
import type { FileRow } from '../../storage/fileStore.ts'
import type { SealedFiles } from '../../storage/sealedFiles.ts'
import type { Core } from '../core.ts'

interface ReturnsParts {
  sealed: SealedFiles
  /** Its plaintext, chunk by chunk. */
  read(row: FileRow): AsyncGenerator<Uint8Array>
  upload(row: FileRow): void
  /** Row and bytes of a copy are no more. In the caller's transaction. */
  drop(copy: FileRow): void
}

export function createReturns(core: Core, { sealed, read, upload, drop }: ReturnsParts) {
  const { primitives, random, logger } = core.ports
  const { files, items } = core.stores
  /** One is sealed after the other. */
  let last: Promise<void> = Promise.resolve()

  /** What the copy of a message's file is called, in hex. */
  const idOf = (messageId: string): string => hex(primitives.sha256(utf8('cairn/1 returned file'), unhex(messageId)).slice(0, 16))

  const isCopy = ({ contact, id, own }: FileRow): boolean => own && items.text(contact, id) === null

  /** A copy of a file that is here in whole, on its way to `relay`; in place of one that was sent before. In the caller's transaction. */
  function give(source: FileRow, relay: string): FileRow {
    const id = idOf(source.id)
    const old = files.get(source.contact, id)
    if (old) drop(old)
    const copy: FileRow = {
      ...source,
      ...{ id, file: hex(random(16)), secret: random(32), relay, own: true, state: 'sending', error: null, settled: false },
      chunks: emptyBits(chunkCount(source.size)),
    }
    files.insert(copy)
    core.later(() => start(copy))
    return copy
  }

  /** Chunks leave only once all are sealed, so one that has left says that they are. */
  function start(copy: FileRow): void {
    if (copy.state === 'sent' || countBits(copy.chunks) > 0) return upload(copy)
    last = last.then(() => prepare(copy))
  }

  async function prepare(copy: FileRow): Promise<void> {
    const source = isHere(copy) && files.ofContact(copy.contact).find(({ id }) => idOf(id) === copy.id)
    if (!source) return
    try {
      await seal(source, copy)
      if (isHere(copy)) upload(copy)
    } catch (error) {
      logger.warn('files.not-returned', describeError(error))
      // whatever else it was, a full disk for one, may be over at the next start
      if (isCairnError(error, 'file.damaged')) core.guard('files.copy-not-dropped', () => core.commit(() => drop(copy)))
    }
  }

  /** The profile is open, and nobody has deleted what it is a copy of. */
  const isHere = ({ file }: FileRow): boolean => core.open && files.byFile(file) !== null

  async function seal(source: FileRow, copy: FileRow): Promise<void> {
    let i = 0
    const write = (chunk: Uint8Array) => sealed.write(copy.file, i, sealChunk(core.context(), copy, i++, chunk))
    if (copy.size === 0) await write(new Uint8Array())
    for await (const chunk of read(source)) await write(chunk)
    await sealed.sync(copy.file)
  }

  return { idOf, isCopy, give, start }
}
