/** A profile and single conversations out of the program as files, and a profile back in. */
import type { Handlers, Parsed } from '#shared/contract/contract.ts'
import type { FileOut } from '#shared/contract/appModels.ts'
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { Downloads } from './downloads.ts'
import { fileNameFor } from './fileNames.ts'
import type { Ports } from './ports.ts'
import { hex } from './protocol/bytes.ts'
import { adopt } from './services/adoption.ts'
import type { Profile } from './services/profile.ts'
import type { createThrottle } from './services/throttle.ts'
import { transcript } from './services/transcript/transcript.ts'
import type { Database } from './storage/database.ts'
import { beginIncoming, type IncomingFile } from './storage/incomingFile.ts'
import { keystoreExists, tidyFolder } from './storage/keystore.ts'
import { exportKeystore, importKeystore, storageUsed } from './storage/transfer.ts'

interface Parts {
  ports: Ports
  throttle: ReturnType<typeof createThrottle>
  downloads: Downloads
  opened(): { profile: Profile; db: Database }
}

/** Pieces of a page are sent in blocks of about this many characters. */
const blockChars = 64 * 1024

export function createProfileTransfer({ ports, throttle, downloads, opened }: Parts) {
  const { kdf, primitives, random, keyVault, profileDir: dir, clock } = ports
  const wrap = { kdf, primitives, random, keyVault, dir }
  let incoming: { id: string; file: IncomingFile } | null = null
  tidyFolder(dir)

  /** A wrong passphrase costs time, as for unlocking. */
  async function guessing<T>(code: 'keystore.wrong-passphrase' | 'import.wrong-passphrase', work: () => Promise<T>): Promise<T> {
    throttle.check()
    try {
      const result = await work()
      throttle.clear()
      return result
    } catch (error) {
      if (!isCairnError(error, code)) throw error
      throw new CairnError(code, { cause: error, details: { seconds: throttle.failed() } })
    }
  }

  async function exportProfile({ current, passphrase }: Parsed<'profile.export'>): Promise<FileOut> {
    const { profile, db } = opened()
    downloads.clear() // one snapshot at a time
    const file = await guessing('keystore.wrong-passphrase', () =>
      exportKeystore({ ...wrap, db, passphrase: current, newPassphrase: passphrase }),
    )
    const name = fileNameFor(profile.core.identity().nick, clock.now(), 'cairn-profile')
    return downloads.offer({ name, type: 'application/octet-stream', size: file.size, bytes: () => file.bytes(), end: () => file.end() })
  }

  function exportConversation({ id, language }: Parsed<'conversations.export'>): FileOut {
    const { conversations, core } = opened().profile
    const { name } = conversations.model(conversations.byId(id))
    const about = { name, ownName: core.identity().nick, language, now: clock.now() }
    const file = fileNameFor(name, clock.now(), 'html')
    const bytes = () => blocksOf(transcript(about, conversations.allItems(id)))
    return downloads.offer({ name: file, type: 'text/html; charset=utf-8', size: null, bytes, end: () => undefined })
  }

  async function begin({ size }: Parsed<'import.begin'>): Promise<{ id: string }> {
    if (keystoreExists(dir)) throw new CairnError('import.exists')
    await forget()
    incoming = { id: hex(random(16)), file: await beginIncoming(dir, size) }
    return { id: incoming.id }
  }

  async function forget(): Promise<void> {
    const { file } = incoming ?? {}
    incoming = null
    await file?.remove()
  }

  const known = (id: string): IncomingFile => {
    if (incoming?.id !== id) throw new CairnError('import.unknown')
    return incoming.file
  }

  /** The profile's database. The file it came in stays for another try only where the passphrase was wrong. */
  async function finish({ id, passphrase }: Parsed<'import.finish'>): Promise<Database> {
    const file = known(id)
    try {
      await file.finish()
      const check = (db: Database) => adopt({ primitives, random, now: clock.now() }, db)
      const db = await guessing('import.wrong-passphrase', () => importKeystore({ ...wrap, path: file.path, passphrase, check }))
      await forget()
      return db
    } catch (error) {
      if (!isCairnError(error, 'import.wrong-passphrase') && !isCairnError(error, 'profile.wait')) await forget()
      throw error
    }
  }

  const handlers: Pick<Handlers, 'profile.storage' | 'conversations.export' | 'import.begin' | 'import.append' | 'import.cancel'> = {
    'profile.storage': () => {
      opened()
      return storageUsed(dir)
    },
    'conversations.export': exportConversation,
    'import.begin': begin,
    'import.append': async ({ id, offset, data }) => ({ received: await known(id).append(offset, bytesOf(data)) }),
    'import.cancel': async ({ id }) => {
      if (incoming?.id === id) await forget()
      return null
    },
  }

  return { handlers, exportProfile, finish, close: forget }
}

/** In one turn of the event loop no more than a block is made. */
async function* blocksOf(pieces: Iterable<string>): AsyncGenerator<Uint8Array> {
  const coder = new TextEncoder()
  let block = ''
  for (const piece of pieces) {
    block += piece
    if (block.length < blockChars) continue
    yield coder.encode(block)
    block = ''
  }
  if (block !== '') yield coder.encode(block)
}

/** Errors: `input.invalid` where it is not base64. */
function bytesOf(data: string): Uint8Array {
  try {
    return Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  } catch {
    throw new CairnError('input.invalid', { details: { path: 'data' } })
  }
}
