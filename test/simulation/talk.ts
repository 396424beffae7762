/**
 * Who wrote what to whom, and who is owed it. A message is owed to everybody its author held to be in the group, unless one of the two was
 * out for the other since then, be it on a branch that lost later: what somebody who is out sends is refused, and nothing goes to one.
 */
import type { TextMessage } from '#shared/contract/itemModels.ts'
import { createHash } from 'node:crypto'
import type { Member } from './member.ts'

interface Written {
  text: string
  by: Member
  to: ReadonlySet<string>
  /** Counts with everything that moves. */
  at: number
}

interface Standing {
  /** The group's head and the person's state when it was looked at last. */
  seen: string
  /** Ids that the person takes messages from; null: from nobody. */
  takes: ReadonlySet<string> | null
  /** When somebody was out last. */
  out: Map<string, number>
  /** When the person itself was out last. */
  outSelf: number
}

export type Talk = ReturnType<typeof createTalk>

/** @param group the group's id */
export function createTalk(group: string) {
  const written: Written[] = []
  const standings = new Map<Member, Standing>()
  let count = 0

  /** After whatever may have moved the group for that person. */
  function look(person: Member): void {
    const row = person.rowOf(group)
    const last = standings.get(person) ?? { seen: '', takes: null, out: new Map(), outSelf: 0 }
    standings.set(person, last)
    const seen = `${row?.state} ${row?.head}`
    if (seen === last.seen) return
    const now = ++count
    const takes = row?.state === 'member' ? new Set(person.core.stores.groups.membersOf(row.contact)) : null
    for (const id of last.takes ?? []) if (takes?.has(id) !== true) last.out.set(id, now)
    if (row?.state !== 'member' && row?.state !== 'joining') last.outSelf = Infinity
    else if (last.outSelf === Infinity) last.outSelf = now
    Object.assign(last, { seen, takes })
  }

  /** Somebody writes to the group. Errors: as `texts.send`. */
  function write(person: Member): void {
    const row = person.rowOf(group)
    const text = `${person.name} says ${written.length}`
    const hash = createHash('sha256').update(text).digest('hex')
    const messageId = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-7${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
    person.messages.texts.send(group, { messageId, text, replyTo: null, mentions: [] })
    written.push({ text, by: person, to: new Set(person.core.stores.groups.membersOf(row?.contact ?? 0)), at: ++count })
  }

  const isOwed = ({ by, to, at }: Written, reader: Member): boolean => {
    const [mine, theirs] = [standings.get(reader), standings.get(by)]
    if (!to.has(reader.id) || mine?.takes?.has(by.id) !== true || theirs?.takes?.has(reader.id) !== true) return false
    const last = [mine.outSelf, mine.out.get(by.id) ?? 0, theirs.outSelf, theirs.out.get(reader.id) ?? 0]
    return Math.max(...last) < at
  }

  const shownTo = (reader: Member): Map<string, number> => {
    const counts = new Map<string, number>()
    if (reader.rowOf(group) === null) return counts
    const items = [...reader.conversations.allItems(group)]
    for (const { text } of items.filter((item): item is TextMessage => item.kind === 'text')) counts.set(text, (counts.get(text) ?? 0) + 1)
    return counts
  }

  /** What is owed and not here, is here twice, or was never sent to whom it is shown; and how many were owed. */
  function judge(honest: readonly Member[], canHear: (a: Member, b: Member) => boolean): { problems: string[]; owed: number } {
    const problems: string[] = []
    let owed = 0
    for (const reader of honest) {
      const counts = shownTo(reader)
      for (const one of written) {
        const times = counts.get(one.text) ?? 0
        const where = `“${one.text}” is shown to ${reader.name} ${times} times`
        if (one.by === reader ? times !== 1 : times > 1) problems.push(where)
        if (one.by !== reader && times > 0 && !one.to.has(reader.id)) problems.push(`${where}: it was not for it`)
        if (one.by === reader || !honest.includes(one.by) || !canHear(one.by, reader) || !isOwed(one, reader)) continue
        owed += 1
        if (times === 0) problems.push(where)
      }
    }
    return { problems, owed }
  }

  return { look, write, judge }
}
