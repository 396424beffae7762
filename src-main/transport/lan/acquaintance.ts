/**
 * One session of the LAN link between two apps, from its first word on: each side says its tags (protocol/lanTags.ts); where one fits, what follows
 * are connections to each other's mailbox (multiplex.ts); where none does, nothing follows.
 */
import { CairnError } from '#shared/errors.ts'
import type { Acquaintance, Attached, LanPlaces } from '../../lanPort.ts'
import { concat, hex, unhex } from '../../protocol/bytes.ts'
import { recognised, tagList, type LanRole } from '../../protocol/lanTags.ts'
import type { Primitives } from '../../protocol/primitives.ts'
import type { Clock, Random } from '../../ports.ts'
import type { LanSession, LanSessionEvents } from './datagram.ts'
import { createMessageStream } from './stream.ts'

export interface AcquaintanceOptions {
  clock: Clock
  random: Random
  primitives: Primitives
  places: Pick<LanPlaces, 'attach'>
  known(): readonly Acquaintance[]
  me(): string
  /** Whether somebody may be who it says it is, by an invite alone. */
  mayBe(id: string): boolean
  /** Once, unless the session ends before: who it is, or null for nobody we know. The session is over then. */
  onMet(id: string | null): void
  onLost(id: string | null, error: CairnError): void
}

/** Kinds of messages below those of the multiplex. */
const [hello, whoami] = [0x80, 0x81] as const
const other: Record<LanRole, LanRole> = { client: 'server', server: 'client' }
/** So long it may take until both have said who they are. */
const helloMs = 15_000

export function meet(session: LanSession, options: AcquaintanceOptions): LanSessionEvents {
  const { clock, random, primitives, places, known, me, mayBe, onMet, onLost } = options
  const { role, channelHash } = session
  let attached: Attached | null = null
  let id: string | null = null
  let state: 'greeting' | 'asking' | 'met' | 'over' = 'greeting'

  const stream = createMessageStream({
    ...{ clock, maxPayload: session.maxPayload },
    send: (datagram) => session.send(datagram),
    defer: (task) => void setImmediate(task), // once all datagrams are read that are there
    onMessage: received,
    onDrain: () => attached?.drained(),
    onClose: (error) => {
      over(error)
      session.close()
    },
  })
  const acquaintances = known()
  const cancelTimeout = clock.after(helloMs, () => stranger())
  const secrets = acquaintances.map(({ secret }) => secret)
  stream.send(concat(Uint8Array.of(hello), tagList({ primitives, random }, secrets, role, channelHash)))

  function received(message: Uint8Array): void {
    if (state === 'met') return attached?.received(message)
    if (state === 'greeting' && message[0] === hello) return greeted(message.subarray(1))
    if (state === 'asking' && message[0] === whoami && message.length === 33) return named(hex(message.subarray(1)))
    stranger()
  }

  function greeted(list: Uint8Array): void {
    const fitting = recognised(primitives, acquaintances, list, other[role], channelHash)
    const [one] = fitting.toSorted((a, b) => Number(a.id === null) - Number(b.id === null))
    if (one === undefined) return stranger()
    stream.send(concat(Uint8Array.of(whoami), unhex(me())))
    id = one.id
    state = 'asking'
  }

  /** Whom a key of its own shows is that person, whatever it says. */
  function named(said: string): void {
    const isFree = id === null ? mayBe(said) : id === said
    if (!isFree) return stranger()
    id = said
    state = 'met'
    cancelTimeout()
    attached = places.attach(said, {
      send: (message) => stream.send(message),
      buffered: () => stream.buffered(),
      close: () => session.close(),
    })
    onMet(said)
  }

  function stranger(): void {
    if (state === 'met' || state === 'over') return
    over(new CairnError('lan.stranger'))
    onMet(null)
    session.close()
  }

  function over(error: CairnError): void {
    if (state === 'over') return
    const before = state
    state = 'over'
    cancelTimeout()
    stream.close()
    attached?.lost()
    onLost(before === 'met' ? id : null, error)
  }

  return { onDatagram: (payload) => stream.received(payload), onClose: over }
}
