/** Files of messages: handed over, sent, offered, fetched, read, wiped. */
import type { Parsed } from '#shared/contract/contract.ts'
import { limits } from '#shared/contract/limits.ts'
import type { MessageFile, TextMessage } from '#shared/contract/itemModels.ts'
import { CairnError } from '#shared/errors.ts'
import { fileKind, plainType } from '#shared/files.ts'
import { lanPlace } from '#shared/wire/lanPlace.ts'
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
import { createReturns } from './returns.ts'
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
  const uploads = createUploads(core, { links, publisher, sealed, progress, onSettled })
  const downloads = createDownloads(core, { links, publisher, sealed, progress, watches })
  const reading = createReading(core, sealed, (row) => core.commit(() => change(row, { state: 'failed', error: 'file.damaged' })))
  const returns = createReturns(core, { sealed, read: reading.read, upload: uploads.start, drop: wipeRow })

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
      ...{ state: relay === null ? 'here' : 'sending', error: null, settled: relay === null, peer: null, sealed: true },
      chunks: relay === null ? fullBits(count) : emptyBits(count),
    }
    stores.files.insert(row)
    core.later(() => {
      drafts.taken(file)
      uploads.start(row)
    })
    return relay === null ? null : wireOf(row, relay)
  }

  /**
   * The file of a message once more, for a contact that has lost it; what of it travels with the message, or null where there is none, or
   * it is not here in whole. In the caller's transaction.
   * @param place the number of its conversation: the contact's, or a group's
   */
  function giveBack(place: number, id: string, reader: Contact): WireFile | null {
    const row = stores.files.get(place, id)
    const conversation = stores.contacts.byNo(place)
    if (!row || !conversation || !isWhole(row)) return null
    const relay = relayFor(reader)
    return wireOf(returns.give(conversation, row, reader.id, relay), relay)
  }

  const isWhole = (row: FileRow): boolean => isHere(row) && row.error !== 'file.damaged'

  /** Who was to get it has it, or never will: a copy is of no more use. */
  function onSettled(row: FileRow): void {
    if (returns.isCopy(row)) wipeRow(row)
  }

  /** Where the contact is met, and we can be heard now. */
  function relayFor({ id, kind, relays: theirs }: Contact): string {
    const relays = kind === 'group' ? links.own() : theirs // all members read the same chunks, where we are met
    const relay = [...relays, lanPlace(id)].find(links.isConnected) ?? relays[0]
    if (relay === undefined) throw new CairnError('session.none')
    return relay
  }

  /**
   * A contact's, or one of ours that a contact gives back, in the caller's transaction; in place of what is here of it. It comes by itself
   * where the person wants that, and only from a relay of our own, or from its sender's place on this network.
   */
  function arrived(contact: Contact, id: string, wire: WireFile, sender: string): void {
    const { name, size, secret, relay, preview, width, height, seconds } = wire
    const type = plainType(wire.type)
    const old = stores.files.get(contact.no, id)
    if (old) wipeRow(old)
    const row: FileRow = {
      ...{ contact: contact.no, id, file: hex(core.ports.random(16)), own: false, name, type, size, secret, relay },
      ...{ kind: fileKind(type, seconds ?? null), width: width ?? null, height: height ?? null, seconds: seconds ?? null },
      ...{ preview: preview && isPicture(preview) ? preview : null, peer: wire.copy ? sender : null },
      ...{ state: stateFor(relay, size, sender), error: null, settled: false, sealed: true, chunks: emptyBits(chunkCount(size)) },
    }
    stores.files.insert(row)
    if (row.state === 'receiving') core.later(() => downloads.start(row))
  }

  function stateFor(relay: string, size: number, sender: string): FileRow['state'] {
    if (!links.listening().includes(relay) && relay !== lanPlace(sender)) return 'asks'
    const { autoDownload } = settings.get()
    return autoDownload === 'always' || (autoDownload === 'small' && size <= limits.smallFileBytes) ? 'receiving' : 'offered'
  }

  function rowOf(contactId: string, messageId: string): FileRow {
    const row = stores.files.get(conversations.byId(contactId).no, uuidHex(messageId))
    if (!row) throw new CairnError('file.unknown')
    return row
  }

  /**
   * By the person: also agrees to a relay that this profile does not use, and tries again what has failed. Errors: `file.unknown`,
   * `contact.blocked`.
   */
  function fetch(contactId: string, messageId: string): MessageFile {
    const row = rowOf(contactId, messageId)
    if (conversations.byId(contactId).blocked_at !== null) throw new CairnError('contact.blocked')
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

  /** Of a contact that was blocked: nothing comes, and everything is offered again afterwards. In the caller's transaction. */
  function stopAll(contactNo: number): void {
    for (const row of stores.files.ofContact(contactNo)) if (row.state === 'receiving') downloads.stop(row)
  }

  /** Its message is no more: nor are its secret, its bytes, and what lies of an own one at a relay. In the caller's transaction. */
  function wipe(contactNo: number, id: string): void {
    const row = stores.files.get(contactNo, id)
    if (!row) return
    wipeRow(row)
    returns.take(contactNo, id)
  }

  function wipeRow(row: FileRow): void {
    if (row.own) uploads.takeBack(row)
    stores.files.remove(row.contact, row.id)
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
    for (const row of stores.files.underWay()) (returns.isCopy(row) ? returns : row.own ? uploads : downloads).start(row)
  }

  return {
    ...{ drafts, attach, giveBack, arrived, fetch, stop, stopAll, wipe, copies, list, start },
    /** Whether `giveBack` has something to give. */
    isWhole(contactNo: number, id: string): boolean {
      const row = stores.files.get(contactNo, id)
      return row !== null && isWhole(row)
    },
    /** Whether a copy that `from` made would be of use: what is here of the file is not whole, and may never be. */
    isLost({ own, state, peer }: FileRow, from: string): boolean {
      if (own || state === 'here') return false
      return state === 'failed' || peer === null || peer === from // its maker keeps one at a time
    },
    ...{ takeFrom: returns.takeFrom, takeAllFrom: returns.takeAllFrom, membersChanged: returns.membersChanged },
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
function wireOf({ name, type, size, secret, preview, width, height, seconds, peer }: FileRow, relay: string): WireFile {
  return {
    ...{ name, type, size, secret, relay },
    ...(preview === null ? {} : { preview }),
    ...(width === null ? {} : { width }),
    ...(height === null ? {} : { height }),
    ...(seconds === null ? {} : { seconds }),
    ...(peer === null ? {} : { copy: true as const }),
  }
}
