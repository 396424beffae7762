/**
 * Two people who talk by this program's production path, without disk and sockets: messages, ratchet, the session's watched
 * window and the publisher's keys, with the state serialised where the stores would write it.
 */
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import { createRandom } from '#main/node/random.ts'
import type { Context } from '#main/protocol/primitives.ts'
import { overheadBytes, ratchetEncrypt, ratchetDecrypt } from '#main/protocol/doubleRatchet.ts'
import type { RatchetState, Sent } from '#main/protocol/doubleRatchet.ts'
import { generateIdentity } from '#main/protocol/identity.ts'
import { decodeInvite, encodeInvite } from '#main/protocol/invite.ts'
import { answerInvite, answerMsg2, openMsg2, openMsg3 } from '#main/protocol/keyExchange.ts'
import { decodeMessage, encodeMessage } from '#main/protocol/message.ts'
import type { Message } from '#main/protocol/message.ts'
import { encodeRatchetState } from '#main/protocol/ratchetState.ts'
import { deleteKey, rendezvousPoint, writeKey } from '#main/protocol/rendezvous.ts'
import { smallestBlob } from '#main/protocol/seal.ts'
import type { Core } from '#main/services/core.ts'
import type { Links } from '#main/services/links.ts'
import { createSessions } from '#main/services/sessions.ts'
import { createWatches } from '#main/services/watches.ts'
import type { Session } from '#main/storage/sessionStore.ts'

const relay = 'wss://relay.example.org:7443'

/** Stands where the stores and links are: what is written is encoded and forgotten. */
function createSide(context: Context, state: RatchetState) {
  const { primitives } = context
  let saved: Uint8Array | null = null
  const save = (session: Session): void => void (saved = encodeRatchetState(session.state))
  const later: (() => void)[] = []
  const core = {
    ports: { primitives },
    now: () => Date.now(),
    later: (task: () => void) => later.push(task),
    onRollback: () => undefined,
    stores: {
      sessions: { rowsOf: () => [], insert: save, saveState: save, addSkipped: () => undefined, removeSkipped: () => undefined },
      contacts: { byNo: () => ({ blocked_at: null, activity: Date.now() }) },
    },
  } as unknown as Core
  const links = { get: () => ({ watch: () => undefined }), listening: () => [relay] } as unknown as Links
  const watches = createWatches(core, links)
  const sessions = createSessions(core, links, watches)
  const live = sessions.add({
    ...{ id: '00'.repeat(32), contact: 1, kind: 'first', by: 'you', epoch: 0, state },
    ...{ created: Date.now(), confirmed_at: Date.now(), sent: 0, received: 0, synced: 0, offer: null },
  })
  /** What a commit does when it is through. */
  const committed = (): void => {
    for (let task = later.shift(); task; task = later.shift()) task()
  }
  committed()
  return { watches, sessions, live, save, committed, stateBytes: () => saved?.length ?? 0 }
}

type Side = ReturnType<typeof createSide>

/** Both ends of a session as the key exchange leaves them. */
export function establish(context: Context): { A: RatchetState; B: RatchetState } {
  const { primitives, now } = context
  const [a, b] = [generateIdentity(context, 'A'), generateIdentity(context, 'B')]
  const offer = { resetRV: context.random(32), relays: [relay], epoch: 0 }
  const terms = { ...offer, initialRV: context.random(32), created: now, expires: now + 60_000, uses: 'one' as const }
  const invite = decodeInvite(primitives, encodeInvite({ ...terms, identity: a.publicBytes }))
  const answer = answerInvite(context, b, invite, { ...offer, step3RV: context.random(32) })
  const reply = answerMsg2(context, a, invite, openMsg2(primitives, a, invite.bytes, answer.blob))
  return { A: reply.established.state, B: openMsg3(primitives, b, answer.pending, reply.blob).established.state }
}

export interface CairnPair {
  /** One text from one to the other: sealed, carried, opened, both states serialised. */
  exchange(sender: 'A' | 'B', text: string): string
  /** Of the last state written. */
  stateBytes(): number
}

export async function createCairnPair(): Promise<CairnPair> {
  const [primitives, random] = [await createPrimitives(), createRandom()]
  const stream = random(8)
  const context: Context = { primitives, random, now: Date.now() }
  const states = establish(context)
  const sides = { A: createSide(context, states.A), B: createSide(context, states.B) }
  let seq = 0

  /** As `outbox.encrypt` and `publisher.carry`: seal, save, the key that opens the place and the one that empties it. */
  function send(side: Side, text: string): { blob: Uint8Array; rv: string; deleteHash: Uint8Array } {
    seq += 1
    const message: Message = { t: 'text', id: random(16), stream, seq, at: Date.now(), text }
    const plaintext = encodeMessage(message)
    const sent = ratchetEncrypt(context, side.live.state, plaintext, smallestBlob(plaintext.length, overheadBytes))
    side.live.state = sent.state
    side.save(side.live)
    const deleteHash = primitives.sha256(deleteKey(primitives, placeOf(sent)))
    const write = writeKey(primitives, placeOf(sent))
    if (sent.state.Ns === 1) side.sessions.watch(side.live)
    return { blob: sent.blob, deleteHash, rv: hexOf(primitives.sha256(write)) } // the relay hashes, the transport reads hex
  }

  /** As `inbox.onBlob`: find the watch, open, save, acknowledge, move the window. */
  function receive(side: Side, rv: string, blob: Uint8Array): string {
    const watch = side.watches.at(relay, rv)
    const locator = watch && side.sessions.locate(side.live, watch)
    if (!watch || !locator) throw new Error('nobody watches there')
    const result = ratchetDecrypt(primitives, side.live.state, locator, blob)
    side.sessions.received(side.live, locator, result, true)
    deleteKey(primitives, watch)
    rendezvousPoint(primitives, watch)
    const message = decodeMessage(result.plaintext)
    side.committed()
    if (message.t !== 'text') throw new Error('not what was sent')
    return message.text
  }

  return {
    stateBytes: () => sides.A.stateBytes(),
    exchange(sender, text) {
      const { blob, rv } = send(sides[sender], text)
      return receive(sides[sender === 'A' ? 'B' : 'A'], rv, blob)
    },
  }
}

const placeOf = ({ headerKey, n }: Sent) => ({ hk: headerKey, n, relay })
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
