/**
 * What was done to messages since a moment, by this person: for a contact that restored an older copy. Every such event may be sent again
 * and again, as the rules for events pass over what is no news.
 */
import { hex, unhex, utf8 } from '../../protocol/bytes.ts'
import type { Change } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { Core } from '../core.ts'
import type { Outgoing } from '../outbox.ts'
import { wireMentions } from './about.ts'

export type LostChange = Outgoing & { id: Uint8Array; at: number }

/** The same event has the same id whenever it is sent, so that it waits only once. `of` in hex; empty for a timer. */
export const changeId = ({ ports }: Core, t: string, of: string, at: number): Uint8Array =>
  ports.primitives.sha256(utf8(`cairn/1 change ${t} ${of} ${String(at)}`)).slice(0, 16)

/** @param since unix milliseconds, by this person's clock */
export function changesSince(core: Core, { no, timer, timer_at }: Contact, since: number): LostChange[] {
  const { items, changes } = core.stores
  const event = (t: Change['t'], of: string, at: number, rest: object): LostChange => ({
    ...{ t, id: changeId(core, t, of, at), at, of: unhex(of) },
    ...rest,
  })
  const texts = items.ownChanged(no, since).map(({ id, text, mentions, editedAt, deletedAt }) => {
    if (deletedAt !== null) return event('delete', id, deletedAt, {})
    return event('edit', id, editedAt ?? since, { text, ...(mentions.length > 0 ? { mentions: wireMentions(mentions) } : {}) })
  })
  const reactions = changes.ownReactions(no, since).map(({ id, emoji, at }) => event('reaction', hex(id), at, { emoji }))
  const timers = timer_at > since ? [{ t: 'timer' as const, id: changeId(core, 'timer', '', timer_at), at: timer_at, seconds: timer }] : []
  return [...texts, ...reactions, ...timers].toSorted((a, b) => a.at - b.at)
}
