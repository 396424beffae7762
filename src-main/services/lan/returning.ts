/** Who was met on this network, and where: they are looked for there again, more and more rarely, while they are away. */
import * as v from 'valibot'
import { utf8 } from '../../protocol/bytes.ts'
import type { Core } from '../core.ts'

/** An address that was of no use for so long is somebody else's by now. */
const rememberedFor = 30 * 24 * 3600_000
const most = 64
/** Whoever announces itself and is nobody we know is looked at again after so long. */
const strangerFor = 5 * 60_000
const triedMost = 1024
/** Several people may be expected at once. */
const expectedAfter = 500
/** After so long, and at last so often. */
const waits = [2_000, 10_000, 60_000, 600_000] as const

const placeSchema = v.object({ id: v.string(), host: v.string(), port: v.number(), at: v.number() })
type Place = v.InferOutput<typeof placeSchema>

const placeKey = ({ host, port }: { host: string; port: number }): string => `${host} ${String(port)}`

export interface ReturningParts {
  /** Null while this person is not met here. */
  connect: ((to: { host: string; port: number }) => Promise<unknown>) | null
  isHere(id: string): boolean
}

export function createReturning(core: Core, parts: () => ReturningParts) {
  const { profile } = core.stores
  /** By id: how often in vain, and what ends the wait. */
  const waiting = new Map<string, { times: number; cancel(): void }>()
  /** Places that were announced, and when they were connected to last. */
  const tried = new Map<string, { host: string; port: number; at: number }>()
  let isExpecting = false

  function places(): Place[] {
    const bytes = profile.meta('lan-places')
    const parsed = v.safeParse(v.array(placeSchema), bytes === null ? [] : (JSON.parse(new TextDecoder().decode(bytes)) as unknown))
    return parsed.success ? parsed.output.filter(({ at }) => at > core.now() - rememberedFor) : []
  }

  /** They are there now, by these addresses. */
  function seen(people: readonly { id: string; remote: { address: string; port: number } }[]): void {
    for (const { id } of people) forget(id)
    const known = places()
    const fresh = people.map(({ id, remote }) => ({ id, host: remote.address, port: remote.port, at: core.now() }))
    if (fresh.every((one) => known.some(({ id, host, port }) => id === one.id && host === one.host && port === one.port))) return
    const kept = known.filter(({ id }) => !fresh.some((one) => one.id === id))
    core.commit(() => profile.setMeta('lan-places', utf8(JSON.stringify([...fresh, ...kept].slice(0, most)))))
  }

  function forget(id: string): void {
    waiting.get(id)?.cancel()
    waiting.delete(id)
  }

  /** Looks for everybody who is not there. */
  function look(): void {
    for (const { id } of places()) if (!waiting.has(id)) later(id, 0)
  }

  function later(id: string, times: number): void {
    const cancel = core.after(times === 0 ? 0 : (waits[Math.min(times, waits.length) - 1] ?? 0), () => void tryOnce(id, times))
    waiting.set(id, { times, cancel })
  }

  async function tryOnce(id: string, times: number): Promise<void> {
    const place = places().find((one) => one.id === id)
    const { connect, isHere } = parts()
    if (!place || connect === null || isHere(id) || core.stores.contacts.byId(id)?.blocked_at !== null) return forget(id)
    await connect(place).catch(() => undefined) // nobody is there, or somebody else
    if (!core.open || isHere(id)) return
    if (waiting.get(id)?.times === times) later(id, times + 1)
  }

  function tryAnnounced({ host, port }: { host: string; port: number }): void {
    tried.delete(placeKey({ host, port })) // to the end
    tried.set(placeKey({ host, port }), { host, port, at: core.now() })
    void parts()
      .connect?.({ host, port })
      .catch(() => undefined)
  }

  return {
    seen,
    look,
    /** Somebody announces itself there: who is a contact is met. */
    found({ host, port }: { host: string; port: number }): void {
      const known = tried.get(placeKey({ host, port }))
      if (known ? core.now() - known.at < strangerFor : tried.size >= triedMost) return
      tryAnnounced({ host, port })
    },
    /** Somebody would be recognised now who was not before: it may be at one of the places that were announced. */
    expect(): void {
      if (isExpecting) return
      isExpecting = true
      core.after(expectedAfter, () => {
        isExpecting = false
        for (const place of [...tried.values()].slice(-most)) tryAnnounced(place)
      })
    },
    /** This person is met here no more. */
    stop() {
      tried.clear()
      ;[...waiting.keys()].forEach(forget)
    },
  }
}
