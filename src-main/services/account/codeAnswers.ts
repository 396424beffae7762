/** What others send by a relay's directory: asks, and answers to ours. Whatever is refused is counted and over, so that nothing waits behind it. */
import { CairnError, isCairnError } from '#shared/errors.ts'
import { equalBytes, hex } from '../../protocol/bytes.ts'
import { openAckInvite, openAskName } from '../../protocol/directory.ts'
import { isNick } from '../../protocol/identity.ts'
import type { DirectoryUser } from '../../storage/accountStore.ts'
import type { CodeRow } from '../../storage/codeStore.ts'
import type { Core } from '../core.ts'
import type { ForeignInvites } from '../foreignInvites.ts'
import { isSignedBy, type PeerFrame } from './codeFrames.ts'
import type { DirectoryApi } from './directoryApi.ts'

/** People who may wait for this one to decide; whoever comes then is refused without a word. */
const waitingMost = 32
/** Keys of senders remembered in memory: what the relay lets this computer look up is limited. */
const keysMost = 256

export interface CodeAnswersParts {
  directory: DirectoryApi
  foreignInvites: ForeignInvites
  changed: () => void
}

export function createCodeAnswers(core: Core, { directory, foreignInvites, changed }: CodeAnswersParts) {
  const { stores } = core
  const { primitives, random } = core.ports
  const keys = new Map<string, Uint8Array>()

  function count(why: string): void {
    stores.profile.countRefusal(null, `code.${why}`)
    core.later(() => core.ports.logger.warn('account.frame-refused', { why }))
  }

  const refuse = (why: string): void => core.commit(() => count(why))

  /** Rejects where it must come again: it could not be stored, or its sender not be looked up. */
  async function onFrame(relay: string, frame: PeerFrame): Promise<void> {
    const user = stores.account.user(relay)
    if (!user || frame.recipient !== user.code) return refuse('for-somebody-else')
    if (frame.type === 'key_exchange') await onAsk(user, frame)
    else onAck(user, frame)
  }

  async function onAsk(user: DirectoryUser, frame: PeerFrame): Promise<void> {
    const { relay } = user
    const { sender, key } = frame
    if (!user.own) return refuse('not-handed-out')
    const known = stores.codes.with(relay, sender, 'asked')
    if (known && equalBytes(known.ecdh, key)) return // it was here before
    if (!isUsable(user.ecdh, key)) return refuse('weak-key')
    if (known?.state !== 'waiting' && stores.codes.waiting() >= waitingMost) return refuse('too-many')
    const eddsa = known?.eddsa ?? (await keyOf(relay, sender))
    if (eddsa === null) return refuse('unknown-sender')
    if (!isSignedBy(primitives, eddsa, frame)) return refuse('signature')
    core.commit(() => {
      const before = stores.codes.with(relay, sender, 'asked')
      if (before) stores.codes.remove(before.id) // they have taken it back, and ask anew
      stores.codes.insert({
        ...{ id: hex(random(16)), role: 'asked', relay, code: sender, name: nameIn(user, frame), eddsa, ecdh: key, secret: null },
        ...{ state: 'waiting', error: null, frame: null, at: core.now() },
      })
      changed()
    })
  }

  /** A key of low order yields a secret that everybody knows. */
  function isUsable(secret: Uint8Array, key: Uint8Array): boolean {
    try {
      primitives.x25519.sharedSecret(secret, key)
      return true
    } catch (error) {
      if (isCairnError(error, 'crypto.failed')) return false
      throw error
    }
  }

  /** Null: nobody the relay knows. A code is never given out again and its keys never change. */
  async function keyOf(relay: string, code: string): Promise<Uint8Array | null> {
    const name = `${relay} ${code}`
    const known = keys.get(name)
    if (known) return known
    try {
      const { eddsa } = await core.untilClosed(directory.find(relay, code))
      if (keys.size >= keysMost) keys.clear()
      keys.set(name, eddsa)
      return eddsa
    } catch (error) {
      if (isCairnError(error) && error.family === 'Protocol') return null
      throw error
    }
  }

  function nameIn(user: DirectoryUser, { sender, key, name: sealed }: PeerFrame): string {
    if (sealed === null) return ''
    try {
      const name = openAskName(primitives, user.ecdh, key, { initiator: sender, other: user.code }, sealed)
      return isNick(name) ? name : ''
    } catch (error) {
      if (error instanceof CairnError) return ''
      throw error
    }
  }

  function onAck(user: DirectoryUser, frame: PeerFrame): void {
    const ask = stores.codes.with(user.relay, frame.sender, 'asker')
    if (!ask?.secret || ask.state === 'failed') return refuse('not-asked')
    if (!isSignedBy(primitives, ask.eddsa, frame)) return refuse('signature')
    const invite = inviteIn(user, frame, ask.secret)
    if (invite === null) return refuse('unreadable-invite') // perhaps to an ask that was taken back
    try {
      core.commit(() => accept(ask, invite))
    } catch (error) {
      if (!(error instanceof CairnError) || error.family === 'Storage' || !core.open) throw error
      core.commit(() => fail(ask, error))
    }
  }

  function inviteIn(user: DirectoryUser, { sender, key, invite }: PeerFrame, secret: Uint8Array): string | null {
    if (invite === null) return null
    try {
      return openAckInvite(primitives, secret, key, { initiator: user.code, other: sender }, invite)
    } catch (error) {
      if (error instanceof CairnError) return null
      throw error
    }
  }

  /** The person has agreed to it by asking. */
  function accept(ask: CodeRow, invite: string): void {
    const contact = foreignInvites.acceptNow(invite)
    if (contact.state === 'connecting') stores.contacts.update(contact.no, { by_code: 1 })
    stores.codes.remove(ask.id)
    changed()
  }

  function fail(ask: CodeRow, { code }: CairnError): void {
    count(code)
    stores.codes.update(ask.id, { state: 'failed', error: code, frame: null })
    changed()
  }

  return { onFrame, onUnreadable: () => refuse('unreadable') }
}
