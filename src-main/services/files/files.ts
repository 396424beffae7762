/** Files of messages: handed over, sent, offered, fetched, read, wiped. */
import type { Parsed } from '#shared/contract/contract.ts'
import { limits } from '#shared/contract/limits.ts'
import type { MessageFile, TextMessage } from '#shared/contract/models.ts'
import { CairnError } from '#shared/errors.ts'
import { fileKind, plainType } from '#shared/files.ts'
import { describeError } from '../../errorFacts.ts'
import { hex } from '../../protocol/bytes.ts'
import { chunkCount } from '../../protocol/fileChunks.ts'
import type { WireFile } from '../../protocol/message.ts'
import { countBits, emptyBits, fullBits } from '../../storage/bits.ts'
import type { Contact } from '../../storage/contactStore.ts'
import { fileModel } from '../../storage/fileModel.ts'
import type { FileRow } from '../../storage/fileStore.ts'
import { uuidHex } from '../../storage/itemModel.ts'
import { createSealedFiles } from '../../storage/sealedFiles.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Links } from '../links.ts'
import type { Publisher } from '../publisher.ts'
import type { SettingsService } from '../settings.ts'
import type { Watches } from '../watches.ts'
import { isPicture } from './content.ts'
import { createDownloads } from './downloads.ts'
import { createDrafts, type Draft } from './drafts.ts'
import { createProgress } from './progress.ts'
import { createReading, isHere } from './reading.ts'
import { createUploads } from './uploads.ts'

export interface FilesParts {
  conversations: Conversations
  links: Links
  publisher: Publisher
  settings: SettingsService
  watches: Watches
}

export type Files = ReturnType<typeof createFiles>

export function createFiles(core: Core, { conversations, links, publisher, settings, watches }: FilesParts) {
  const { stores } = core
  const sealed = createSealedFiles(core.ports.profileDir)
  const progress = createProgress(core)
  const drafts = createDrafts(core, sealed)
  const uploads = createUploads(core, { links, publisher, sealed, progress })
  const downloads = createDownloads(core, { links, publisher, sealed, progress, watches })
  const reading = createReading(core, sealed, (row) => core.commit(() => change(row, { state: 'failed', error: 'file.damaged' })))

  /** In the caller's transaction. */
  function change(row: FileRow, changes: Pick<FileRow, 'state' | 'error'>): FileRow {
    const changed = { ...row, ...changes }
    stores.files.update(row.contact, row.id, changes)
    progress.rested(changed)
    return changed
  }

  /** The file becomes a message's, in the caller's transaction; what of it travels with the message, or null in notes to oneself. */
  function attach(contact: Contact, id: string, draft: Draft): WireFile | null {
    const relay = conversations.isSelf(contact) ? null : relayFor(contact)
    const { file, secret, size, kind, name, type, preview, width, height, seconds } = draft
    const count = chunkCount(size)
    const row: FileRow = {
      ...{ contact: contact.no, id, own: true, file, kind, name, type, size, secret, relay, preview, width, height, seconds },
      ...{ state: relay === null ? 'here' : 'sending', error: null, settled: relay === null },
      chunks: relay === null ? fullBits(count) : emptyBits(count),
    }
    stores.files.insert(row)
    core.later(() => {
      drafts.taken(file)
      uploads.start(row)
    })
    return relay === null ? null : { name, type, size, secret, relay, ...known({ preview, width, height, seconds }) }
  }

  /** Where the contact is met, and we can be heard now. */
  function relayFor({ kind, relays: theirs }: Contact): string {
    const relays = kind === 'group' ? links.own() : theirs // all members read the same chunks, where we are met
    const relay = relays.find(links.isConnected) ?? relays[0]
    if (relay === undefined) throw new CairnError('session.none')
    return relay
  }

  /** A contact's, in the caller's transaction. It comes by itself where the person wants that, and only from a relay of our own. */
  function arrived(contact: Contact, id: string, wire: WireFile): void {
    const { name, size, secret, relay, preview, width, height, seconds } = wire
    const type = plainType(wire.type)
    const row: FileRow = {
      ...{ contact: contact.no, id, file: hex(core.ports.random(16)), own: false, name, type, size, secret, relay },
      ...{ kind: fileKind(type, seconds ?? null), width: width ?? null, height: height ?? null, seconds: seconds ?? null },
      preview: preview && isPicture(preview) ? preview : null,
      ...{ state: stateFor(relay, size), error: null, settled: false, chunks: emptyBits(chunkCount(size)) },
    }
    stores.files.insert(row)
    if (row.state === 'receiving') core.later(() => downloads.start(row))
  }

  function stateFor(relay: string, size: number): FileRow['state'] {
    if (!links.listening().includes(relay)) return 'asks'
    const { autoDownload } = settings.get()
    return autoDownload === 'always' || (autoDownload === 'small' && size <= limits.smallFileBytes) ? 'receiving' : 'offered'
  }

  function rowOf(contactId: string, messageId: string): FileRow {
    const row = stores.files.get(conversations.byId(contactId).no, uuidHex(messageId))
    if (!row) throw new CairnError('file.unknown')
    return row
  }

  /** By the person: also agrees to a relay that this profile does not use, and tries again what has failed. Errors: `file.unknown`. */
  function fetch(contactId: string, messageId: string): MessageFile {
    const row = rowOf(contactId, messageId)
    if (row.own && row.state === 'failed' && row.relay !== null) {
      const again = core.commit(() => change(row, { state: 'sending', error: null }))
      uploads.start(again)
      return fileModel(again)
    }
    const isWhole = countBits(row.chunks) === chunkCount(row.size) // and cannot be had from the relay again
    if (row.own || isWhole) return fileModel(row)
    const again = core.commit(() => change(row, { state: 'receiving', error: null }))
    downloads.start(again)
    return fileModel(again)
  }

  /** What comes stops; what is here of it stays. An own file is stopped by deleting its message. Errors: `file.unknown`. */
  function stop(contactId: string, messageId: string): MessageFile {
    downloads.stop(rowOf(contactId, messageId))
    return fileModel(rowOf(contactId, messageId))
  }

  /** Its message is no more: nor are its secret, its bytes, and what lies of an own one at a relay. In the caller's transaction. */
  function wipe(contactNo: number, id: string): void {
    const row = stores.files.get(contactNo, id)
    if (!row) return
    if (row.own) uploads.takeBack(row)
    stores.files.remove(contactNo, id)
    core.later(() => {
      downloads.forget(row)
      sealed.remove(row.file).catch((error: unknown) => logFailure('files.not-removed', error)) // the next start removes it
    })
  }

  const logFailure = (name: string, error: unknown): void => core.ports.logger.warn(name, describeError(error))

  /** Copies under new secrets, one for each place it goes to. Errors: `file.not-here`, `file.damaged`, `keystore.*`. */
  async function copies(row: FileRow, count: number): Promise<Draft[]> {
    if (!isHere(row)) throw new CairnError('file.not-here')
    const made: Draft[] = []
    try {
      while (made.length < count) made.push(await drafts.copy({ ...row, seconds: row.seconds }, reading.read(row)))
      return made
    } catch (error) {
      for (const { file } of made) await drafts.discard(file)
      throw error
    }
  }

  /** Errors: `contact.unknown`. */
  function list({ id, kind, before, limit }: Parsed<'files.list'>): { items: TextMessage[]; more: boolean } {
    const { no } = conversations.byId(id)
    const ids = stores.files.page(no, kind, before ?? Infinity, limit + 1)
    const items = ids.slice(0, limit).flatMap((messageId) => stores.items.get(no, messageId, id) ?? [])
    return { items: items.filter((item) => item.kind === 'text'), more: ids.length > limit }
  }

  /** What the last run left goes on, and what it left behind goes. */
  function start(): void {
    sealed.clear(new Set(stores.files.names())).catch((error: unknown) => logFailure('files.not-cleared', error))
    for (const row of stores.files.underWay()) (row.own ? uploads : downloads).start(row)
  }

  return {
    ...{ drafts, attach, arrived, fetch, stop, wipe, copies, list, start },
    row: (contactNo: number, id: string): FileRow | null => stores.files.get(contactNo, id),
    wipeAll: (contactNo: number): void => stores.files.ofContact(contactNo).forEach(({ id }) => wipe(contactNo, id)),
    ...{ open: reading.open, onBlob: downloads.onBlob, onStatus: downloads.onStatus },
    onConnected(relay: string): void {
      downloads.reconsider(relay)
      uploads.onConnected(relay)
    },
    housekeeping: uploads.review,
    /** Whose connections are needed. */
    relays: (): string[] => [...uploads.relays(), ...downloads.relays()],
    close: sealed.close,
  }
}

/** What is not known is not said. */
function known({ preview, width, height, seconds }: Pick<Draft, 'preview' | 'width' | 'height' | 'seconds'>): Partial<WireFile> {
  return {
    ...(preview === null ? {} : { preview }),
    ...(width === null ? {} : { width }),
    ...(height === null ? {} : { height }),
    ...(seconds === null ? {} : { seconds }),
  }
}
