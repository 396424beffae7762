/**
 * Files that go back to a contact which has lost them. Their old places are used up, or others' too, so they travel as copies under
 * secrets of their own: rows of which no message knows, named after the message of the file and, in a group, its reader. A copy is sealed
 * anew before its first chunk leaves, also after a restart, and goes when its reader has it.
 */
import { isCairnError } from '#shared/errors.ts'
import { hex, unhex, utf8 } from '../../protocol/bytes.ts'
import { chunkCount, sealChunk } from '../../protocol/fileChunks.ts'
import { describeError } from '../../errorFacts.ts'
import { emptyBits } from '../../storage/bits.ts'
import type { Contact } from '../../storage/contactStore.ts'
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
  const { contacts, files, groups } = core.stores
  /** One is sealed after the other. */
  let last: Promise<void> = Promise.resolve()

  /** What the copy of a message's file for a reader (an id, in hex) is called in a conversation, in hex. */
  function idOf({ id }: Pick<Contact, 'id'>, messageId: string, reader: string): string {
    const named = id === reader ? [] : [unhex(reader)] // a conversation of two has one reader
    return hex(primitives.sha256(utf8('cairn/1 returned file'), unhex(messageId), ...named).slice(0, 16))
  }

  const isCopy = ({ own, peer }: FileRow): boolean => own && peer !== null

  const find = (place: Contact, messageId: string, reader: string): FileRow | null => files.get(place.no, idOf(place, messageId, reader))

  /** A copy of a file that is here in whole, on its way to `relay`; in place of one that was sent before. In the caller's transaction. */
  function give(place: Contact, source: FileRow, reader: string, relay: string): FileRow {
    const old = find(place, source.id, reader)
    if (old) drop(old)
    const copy: FileRow = {
      ...{ ...source, peer: reader, id: idOf(place, source.id, reader), file: hex(random(16)), secret: random(32), relay },
      ...{ own: true, state: 'sending', error: null, settled: false, sealed: false },
      chunks: emptyBits(chunkCount(source.size)),
    }
    files.insert(copy)
    core.later(() => start(copy))
    return copy
  }

  /** Chunks leave only once all are sealed: sealed again they would be others, and both would lie at the relay. */
  function start(copy: FileRow): void {
    if (copy.sealed) return upload(copy)
    last = last.then(() => prepare(copy))
  }

  async function prepare(copy: FileRow): Promise<void> {
    const source = isHere(copy) && sourceOf(copy)
    if (!source) return
    try {
      await seal(source, copy)
      if (!isHere(copy)) return
      core.commit(() => files.update(copy.contact, copy.id, { sealed: true }))
      upload({ ...copy, sealed: true })
    } catch (error) {
      if (!isHere(copy)) return // taken meanwhile
      logger.warn('files.not-returned', describeError(error))
      // whatever else it was, a full disk for one, may be over at the next start
      if (isCairnError(error, 'file.damaged')) core.guard('files.copy-not-dropped', () => core.commit(() => drop(copy)))
    }
  }

  function sourceOf({ contact, id: copy, peer }: FileRow): FileRow | undefined {
    const place = contacts.byNo(contact)
    return place && peer !== null ? files.ofContact(contact).find(({ id }) => idOf(place, id, peer) === copy) : undefined
  }

  /** The message is no more, so nobody is to get its file. In the caller's transaction. */
  function take(contactNo: number, messageId: string): void {
    const place = contacts.byNo(contactNo)
    if (place) files.readers(contactNo).forEach((reader) => takeFrom(place, messageId, reader))
  }

  /** That one is not to get it, or needs it no more. In the caller's transaction. */
  function takeFrom(place: Contact, messageId: string, reader: string): void {
    const copy = find(place, messageId, reader)
    if (copy) drop(copy)
  }

  /** Of the group nothing more goes to who is out. In the caller's transaction. */
  function membersChanged(group: number): void {
    const isOut = (reader: string): boolean => !groups.isMember(group, reader)
    const copies = files.readers(group).filter(isOut).flatMap(files.copiesFor)
    copies.filter(({ contact }) => contact === group).forEach(drop)
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

  return {
    ...{ isCopy, give, start, take, takeFrom, membersChanged },
    /** A contact is no more. In the caller's transaction. */
    takeAllFrom: (reader: string): void => files.copiesFor(reader).forEach(drop),
  }
}
