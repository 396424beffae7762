/** What the three roles of an introduction share. */
import { CairnError } from '#shared/errors.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import type { IntroduceMessage } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { IntroductionRow } from '../../storage/introductionStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { KeyExchanges } from '../keyExchanges.ts'
import type { ForeignInvites } from '../foreignInvites.ts'
import type { Invites } from '../invites.ts'
import type { Outbox } from '../outbox.ts'
import type { Sessions } from '../sessions.ts'
import { uuidv7 } from '../uuidv7.ts'

const day = 24 * 3600_000
/** From when it came here: each of the three ends it by itself. */
export const introductionLives = 7 * day
/** What waits for this person's decision, of one contact. */
const undecidedMost = 64
/** Under way at a time for the same two people: there may be two ways to each other, and a few tries. */
const pairMost = 4
/** Of one contact in a day, whatever became of them. */
const dailyMost = 1024

/** Members of a group, by its id, who probably hear a member of it; those to ask before others first. */
export type Hearers = (group: string) => (member: string) => readonly string[]

export interface IntroductionsParts {
  conversations: Conversations
  exchanges: KeyExchanges
  foreignInvites: ForeignInvites
  hearers: Hearers
  invites: Invites
  outbox: Outbox
  sessions: Sessions
}

export type State = IntroductionRow['state']
export type Parts = ReturnType<typeof createParts>
export type Arrived<T extends IntroduceMessage['t']> = Extract<IntroduceMessage, { t: T }>
type NewRow = Pick<IntroductionRow, 'id' | 'role' | 'reason' | 'state'> & Partial<IntroductionRow>

export const isPending = ({ state }: Pick<IntroductionRow, 'state'>): boolean =>
  state === 'offered' || state === 'asked' || state === 'requested' || state === 'answered'

/** This person has to decide. */
export const asksPerson = ({ role, state }: Pick<IntroductionRow, 'role' | 'state'>): boolean =>
  state === ({ asker: 'offered', mediator: 'asked', target: 'requested' } as const)[role]

export function createParts(core: Core, { conversations, outbox, sessions }: IntroductionsParts, listeners: { onChanged(): void }) {
  const { introductions, contacts } = core.stores

  /** Somebody with whom there is a session to send on. */
  function heard(id: string | null): Contact | null {
    const contact = id === null ? null : contacts.byId(id)
    const isOpen = contact?.kind === 'person' && contact.state === 'open' && contact.blocked_at === null && !conversations.isSelf(contact)
    return isOpen && sessions.top(contact.no) !== null ? contact : null
  }

  /** Errors: `contact.unknown`, `contact.self`, `contact.blocked`, `session.none`. */
  function wanted(id: string): Contact {
    const contact = conversations.byId(id)
    if (conversations.isSelf(contact)) throw new CairnError('contact.self')
    if (contact.blocked_at !== null) throw new CairnError('contact.blocked')
    const found = heard(id)
    if (!found) throw new CairnError('session.none')
    return found
  }

  /** In the caller's transaction, as is everything here that writes. */
  function send(to: Contact, t: IntroduceMessage['t'], introduction: string, fields: Record<string, unknown> = {}): void {
    const id = uuidv7(core.now(), core.ports.random)
    outbox.queue(to.no, id, { t, id: unhex(id), at: core.now(), introduction: unhex(introduction), ...fields })
  }

  /** It is over, as far as its receiver is concerned. */
  function sendNo(id: string | null, introduction: string): void {
    const contact = heard(id)
    if (contact) send(contact, 'introduce.answer', introduction)
  }

  function add(row: NewRow): IntroductionRow {
    const now = core.now()
    const whole = {
      ...{ via: null, asker: null, target: null, name: '', person: null, group: null, auto: false, inviteHash: null },
      ...{ created: now, changed: now, expires: now + introductionLives, ...row },
    }
    introductions.insert(whole)
    listeners.onChanged()
    return whole
  }

  function settle(row: IntroductionRow, state: State, more: { expires?: number; invite_hash?: Uint8Array; person?: null } = {}): void {
    introductions.update(row, { state, changed: core.now(), ...more })
    listeners.onChanged()
  }

  /** Counted by name; nothing else changes. */
  const refuse = (contact: Contact, why: string): void => core.stores.profile.countRefusal(contact.no, `introduction.${why}`)

  /** Why nothing new is taken from this contact; `undecided`: it would wait for the person. */
  function crowded({ id }: Contact, undecided: boolean): string | null {
    if (introductions.countFrom(id, core.now() - day) >= dailyMost) return 'too-often'
    return undecided && introductions.undecidedFrom(id) >= undecidedMost ? 'too-many' : null
  }

  const pairCrowded = (role: IntroductionRow['role'], asker: string | null, target: string | null): boolean =>
    introductions.countPair(role, asker, target) >= pairMost

  return {
    ...{ heard, wanted, send, sendNo, add, settle, refuse, crowded, pairCrowded },
    newId: (): string => hex(core.ports.random(16)),
    /** There is a session that works. */
    isConnected: (id: string): boolean => heard(id)?.trouble === null,
    /** A row that a message is about. `known` says whose it has to be. */
    row: (introduction: Uint8Array, role: IntroductionRow['role']) => introductions.get(hex(introduction), role),
    optionalGroup: (group: string | null) => (group === null ? {} : { group: unhex(group) }),
    /** Members of this group, as this person holds to it. */
    inGroup: (group: Uint8Array | undefined, ...ids: string[]): boolean =>
      group !== undefined && ids.every((id) => core.stores.groups.shared(id).some((shared) => shared.id === hex(group))),
  }
}
