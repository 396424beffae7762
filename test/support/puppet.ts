/**
 * Somebody who speaks the protocol by hand: the pure functions over one real connection, without an app around them, so that a test
 * can say what no app would say. Small and forgetful: one session, everything read and acknowledged as it comes.
 */
import { encodeCbor } from '#main/protocol/cbor.ts'
import { hex } from '#main/protocol/bytes.ts'
import {
  overheadBytes,
  ratchetDecrypt,
  ratchetEncrypt,
  type Locator,
  type RatchetState,
  type SkippedKey,
} from '#main/protocol/doubleRatchet.ts'
import { generateIdentity, type Identity } from '#main/protocol/identity.ts'
import { decodeInvite, encodeInvite, type Invite, type NewInvite } from '#main/protocol/invite.ts'
import { armorInvite, parseInviteText } from '#main/protocol/inviteText.ts'
import { answerInvite, answerMsg2, openMsg2, openMsg3, type Established, type PendingAcceptance } from '#main/protocol/keyExchange.ts'
import { decodeMessage, encodeMessage, type Message } from '#main/protocol/message.ts'
import { deleteKey, rendezvousPoint, writeKey, type Place } from '#main/protocol/rendezvous.ts'
import { sealResetRequest, resetSeries } from '#main/protocol/reset.ts'
import type { PublicIdentity } from '#main/protocol/identity.ts'
import type { RelayLink } from '#main/ports.ts'
import { createTransport } from '#main/transport/transport.ts'
import { systemClock } from '#relay/ports.ts'
import { eventually } from './eventually.ts'
import { random } from './profileFolder.ts'
import { node as primitives } from './providers.ts'
import { silentLogger } from './relayFixtures.ts'
import { smallestBlob } from '#main/protocol/seal.ts'

const day = 24 * 3600_000
export const context = (now = Date.now()) => ({ primitives, random, now })

export interface PuppetSession extends Established {
  resetRV: Uint8Array
  peerResetRV: Uint8Array
}

export interface Puppet {
  readonly identity: Identity
  readonly link: RelayLink
  readonly relay: string
  /** Everything that arrived on the session. */
  readonly received: Message[]
  /** Signals, in order, that something arrived and could not be opened. */
  readonly unreadable: number
  session: PuppetSession | null
  stream: Uint8Array
  /** An invite of the puppet's own, with any terms. */
  invite(terms?: Partial<NewInvite>): { text: string; bytes: Uint8Array; invite: Invite }
  /** msg2 for `invite` as `claimed` (the puppet itself unless given); answers with what msg3 would need. */
  answer(
    invite: Invite,
    options?: { as?: Identity; relays?: string[]; epoch?: number },
  ): Promise<{ pending: PendingAcceptance; step3RV: Uint8Array; resetRV: Uint8Array }>
  /** Answers the invite and waits for msg3; the session is then open on this side and confirmed by the first message. */
  accept(inviteText: string): Promise<PuppetSession>
  /** Waits for an answer to an invite of its own and answers it. */
  finish(invite: Invite): Promise<PuppetSession>
  /** Encrypts and publishes. */
  send(message: Message): Promise<void>
  sendBytes(plaintext: Uint8Array): Promise<void>
  /** Encrypts, and leaves it to the caller whether and when it is published. */
  encrypt(plaintext: Uint8Array): { place: Place; blob: Uint8Array }
  publish(sent: { place: Place; blob: Uint8Array }): Promise<string>
  text(text: string, seq: number): Message
  /** A session's first message, on a stream of its own. */
  confirm(knowledge?: Pick<Extract<Message, { t: 'session.confirm' }>, 'receipts' | 'own'>): Message
  /** A reset request to `peer`, as made with `contactKey`; published at the number `n` of the series made with `seriesKey`. */
  requestReset(peer: PublicIdentity, options: ResetOptions): Promise<{ blob: Uint8Array; invite: Invite }>
  publishSeries(seed: Uint8Array, sealed: { blob: Uint8Array; deleteHash: Uint8Array }): Promise<number>
  /** What a series holds now. */
  readSeries(seed: Uint8Array): Promise<Uint8Array[]>
  until(what: string, isRight: (received: readonly Message[]) => boolean): Promise<void>
  close(): void
}

export interface ResetOptions {
  contactKey: Uint8Array
  peerResetRV: Uint8Array
  terms?: Partial<NewInvite>
  /** For the MAC alone, where it differs. */
  macKey?: Uint8Array
}

export const identityNamed = (nick: string): Identity => generateIdentity(context(), nick)

export function createPuppet({
  relay,
  identity = identityNamed('Mallory'),
  now = () => Date.now(),
}: {
  relay: string
  identity?: Identity
  now?: () => number
}): Puppet {
  const blobs = new Map<string, Uint8Array>()
  const received: Message[] = []
  let unreadable = 0
  let skipped: SkippedKey[] = []
  const places = new Map<string, { hk: Uint8Array; n: number }>()
  const link = createTransport({ clock: systemClock, random, logger: silentLogger }).open(relay, {
    onBlob: (rv, blob) => {
      blobs.set(rv, blob)
      onBlob(rv, blob)
    },
    onStatus: () => undefined,
    onState: () => undefined,
  })

  const puppet: Puppet = {
    identity,
    link,
    relay,
    received,
    get unreadable() {
      return unreadable
    },
    session: null,
    stream: random(8),
    invite(terms = {}) {
      const bytes = encodeInvite({
        ...{ identity: identity.publicBytes, initialRV: random(32), resetRV: random(32), relays: [relay], epoch: now() },
        ...{ created: now(), expires: now() + 14 * day, uses: 'one', ...terms },
      })
      return { text: armorInvite(primitives, bytes), bytes, invite: decodeInvite(primitives, bytes) }
    },
    async answer(invite, { as = identity, relays = [relay], epoch = now() } = {}) {
      const offer = { step3RV: random(32), resetRV: random(32), relays, epoch }
      const answer = answerInvite(context(now()), as, invite, offer)
      await puppet.publishSeries(invite.initialRV, answer)
      return { pending: answer.pending, step3RV: offer.step3RV, resetRV: offer.resetRV }
    },
    async accept(text) {
      const invite = inviteIn(text)
      const { pending, step3RV, resetRV } = await puppet.answer(invite)
      const [msg3] = await eventually(
        'msg3',
        () => puppet.readSeries(step3RV),
        (found) => found.length > 0,
      )
      const { established } = openMsg3(primitives, identity, pending, msg3 as Uint8Array)
      return begin({ ...established, resetRV, peerResetRV: invite.resetRV })
    },
    async finish(invite) {
      const [blob] = await eventually(
        'msg2',
        () => puppet.readSeries(invite.initialRV),
        (found) => found.length > 0,
      )
      const msg2 = openMsg2(primitives, identity, invite.bytes, blob as Uint8Array)
      const answer = answerMsg2(context(now()), identity, invite, msg2)
      await puppet.publishSeries(msg2.step3RV, answer)
      return begin({ ...answer.established, resetRV: invite.resetRV, peerResetRV: msg2.resetRV })
    },
    send: (message) => puppet.sendBytes(encodeMessage(message)),
    sendBytes: async (plaintext) => void (await puppet.publish(puppet.encrypt(plaintext))),
    encrypt(plaintext) {
      const session = current()
      const size = smallestBlob(plaintext.length, overheadBytes)
      const sent = ratchetEncrypt(context(now()), session.state, plaintext, size)
      session.state = sent.state
      watch()
      return { place: { hk: sent.headerKey, n: sent.n, relay }, blob: sent.blob }
    },
    publish: ({ place, blob }) =>
      link.publish({ write: writeKey(primitives, place), deleteHash: primitives.sha256(deleteKey(primitives, place)), blob }),
    confirm: (knowledge = { receipts: [], own: [] }) => ({
      t: 'session.confirm',
      id: random(16),
      stream: random(8),
      seq: 1,
      at: now(),
      ...knowledge,
    }),
    text: (text, seq) => ({ t: 'text', id: random(16), stream: puppet.stream, seq, at: now(), text }),
    async requestReset(peer, { contactKey, peerResetRV, terms = {}, macKey = contactKey }) {
      const { invite } = puppet.invite({ for: peer.id, expires: now() + 7 * day, ...terms })
      const sealed = sealResetRequest(context(now()), peer, macKey, invite.bytes)
      await puppet.publishSeries(resetSeries(primitives, contactKey, peerResetRV, peer.id), sealed)
      return { blob: sealed.blob, invite }
    },
    async publishSeries(seed, { blob, deleteHash }) {
      const numbers = Array.from({ length: 16 }, (_, n) => n)
      const statuses = await link.status(numbers.map((n) => rendezvousPoint(primitives, { hk: seed, n, relay })))
      const n = statuses.indexOf('empty')
      const result = await link.publish({ write: writeKey(primitives, { hk: seed, n, relay }), deleteHash, blob })
      if (result !== 'stored') throw new Error(result)
      return n
    },
    async readSeries(seed) {
      const rvs = Array.from({ length: 16 }, (_, n) => rendezvousPoint(primitives, { hk: seed, n, relay }))
      link.watch(rvs, [])
      const statuses = await link.status(rvs)
      const stored = rvs.filter((_, n) => statuses[n] === 'stored')
      return stored.flatMap((rv) => blobs.get(rv) ?? [])
    },
    until: async (what, isRight) => void (await eventually(what, () => received, isRight)),
    close: () => link.close(),
  }

  function begin(session: PuppetSession): PuppetSession {
    puppet.session = session
    watch()
    return session
  }

  function current(): PuppetSession {
    if (!puppet.session) throw new Error('no session')
    return puppet.session
  }

  function watch(): void {
    const { HKr, NHKr, Nr, DHs } = current().state
    const wanted = [...(HKr ? numbers(HKr, Nr) : []), ...(DHs ? numbers(NHKr, 0) : [])]
    for (const place of wanted) places.set(rendezvousPoint(primitives, { ...place, relay }), place)
    link.watch([...places.keys()], [])
  }

  const numbers = (hk: Uint8Array, from: number) => Array.from({ length: 32 }, (_, i) => ({ hk, n: from + i }))

  function locate(state: RatchetState, { hk, n }: { hk: Uint8Array; n: number }): Locator | null {
    const key = skipped.find((one) => hex(one.headerKey) === hex(hk) && one.n === n)
    if (key) return { chain: 'skipped', key }
    if (state.HKr && hex(state.HKr) === hex(hk)) return n >= state.Nr ? { chain: 'current', n } : null
    return hex(state.NHKr) === hex(hk) ? { chain: 'next', n } : null
  }

  function onBlob(rv: string, blob: Uint8Array): void {
    const place = places.get(rv)
    const session = puppet.session
    const locator = place && session && locate(session.state, place)
    if (!place || !session || !locator) return
    try {
      const result = ratchetDecrypt(primitives, session.state, locator, blob)
      session.state = result.state
      if (locator.chain === 'skipped') skipped = skipped.filter((key) => key !== locator.key)
      skipped = [...skipped, ...result.skipped]
      received.push(decodeMessage(result.plaintext))
      void link.acknowledge([{ rv, deleteKey: deleteKey(primitives, { ...place, relay }) }]).catch(() => undefined) // it stays there then
      watch()
    } catch {
      unreadable += 1
    }
  }

  return puppet
}

/** The invite in an armored text. */
export function inviteIn(text: string): Invite {
  const parsed = parseInviteText(primitives, text)
  if (parsed.kind !== 'armored') throw new Error('not a whole invite')
  return decodeInvite(primitives, parsed.bytes)
}

export { encodeCbor, primitives }
