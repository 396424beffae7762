/** Every contact's session anew, a few at a time; what is under way is on disk and goes on after a restart. */
import type { ResetAll } from '#shared/contract/appModels.ts'
import { shownName } from '../storage/contactStore.ts'
import type { Core } from './core.ts'
import type { Resets } from './resets.ts'

/** Each is a key exchange, for both sides and for the relay. */
const atOnce = 8
const pause = 1_000

export type ResetAllService = ReturnType<typeof createResetAll>

export function createResetAll(core: Core, resets: Resets) {
  const { stores } = core
  const rows = () => stores.resetAll.rows()
  let waiting = false

  /** Whose session can be reset at all. */
  const able = () =>
    stores.contacts
      .all()
      .filter(({ no, state, blocked_at }) => state === 'open' && blocked_at === null && stores.contacts.keys(no).length > 0)

  function state(): ResetAll | null {
    const all = rows()
    const [first] = all
    if (!first) return null
    const names = all
      .filter(({ done_at }) => done_at === null)
      .flatMap(({ contact }) => stores.contacts.byNo(contact) ?? [])
      .map(shownName)
    return { begun: first.begun, total: all.length, done: all.length - names.length, waiting: names.toSorted((a, b) => a.localeCompare(b)) }
  }

  const told = () => core.emit({ type: 'resetAll', resetAll: state() })

  function start(): ResetAll | null {
    if (!rows().some(({ done_at }) => done_at === null))
      core.commit(() => {
        stores.resetAll.clear()
        for (const { no } of able()) stores.resetAll.add(no, core.now())
        told()
      })
    goOn()
    return state()
  }

  function goOn(): void {
    if (waiting) return
    const due = rows().filter(({ asked_at, done_at }) => asked_at === null && done_at === null)
    for (const { contact } of due.slice(0, atOnce)) core.guard('resetAll.failed', () => ask(contact))
    if (due.length <= atOnce) return
    waiting = true
    core.after(pause, () => {
      waiting = false
      goOn()
    })
  }

  /** One that is being reset already is not asked twice: that answer counts as well. */
  function ask(contactNo: number): void {
    const contact = able().find(({ no }) => no === contactNo)
    if (!contact) return leave(contactNo)
    core.commit(() => {
      stores.resetAll.setAsked(contactNo, core.now())
      if (contact.trouble !== 'resetting') resets.request(contact, 'you')
      core.later(() => resets.lookAfter(contactNo))
    })
  }

  /** The person ended it for this contact, or blocked or deleted it. */
  function leave(contactNo: number): void {
    if (!rows().some(({ contact }) => contact === contactNo)) return
    core.commit(() => {
      stores.resetAll.drop(contactNo)
      told()
    })
  }

  return {
    state,
    start,
    goOn,
    leave,
    /** Its turn comes. */
    isWaiting: (contactNo: number): boolean => rows().some(({ contact, done_at }) => contact === contactNo && done_at === null),
    /** A new session is confirmed, in that transaction. */
    confirmed(contactNo: number): void {
      if (stores.resetAll.setDone(contactNo, core.now())) told()
    },
    end(): void {
      core.commit(() => {
        stores.resetAll.clear()
        told()
      })
    },
  }
}
