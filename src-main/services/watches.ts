/**
 * Which rendezvous points are watched, and what lies at each. Owners (a session, a series) say what they want watched;
 * only the difference goes to the relays, and an RV is derived only once.
 */
import { hex } from '../protocol/bytes.ts'
import { rendezvousPoint } from '../protocol/rendezvous.ts'
import type { Core } from './core.ts'
import type { Links } from './links.ts'

export type Purpose = 'chain' | 'initial' | 'step3' | 'reset' | 'probe' | 'read' | 'file'

export interface Watch {
  purpose: Purpose
  /** Whose it is: a session's, invite's, exchange's or contact key's id. */
  owner: string
  relay: string
  hk: Uint8Array
  n: number
}

/** Numbers of one chain or series at one relay. */
export interface Wanted {
  purpose: Purpose
  relay: string
  hk: Uint8Array
  numbers: number[]
}

export type Watches = ReturnType<typeof createWatches>

export function createWatches(core: Core, links: Links) {
  /** relay → RV → what it is. */
  const byPlace = new Map<string, Map<string, Watch>>()
  /** owner → relay + chain → number → RV. */
  const byOwner = new Map<string, Map<string, Map<number, string>>>()

  function add(owner: string, want: Wanted, n: number): string {
    const { relay, hk, purpose } = want
    const rv = rendezvousPoint(core.ports.primitives, { hk, n, relay })
    const places = byPlace.get(relay) ?? new Map<string, Watch>()
    places.set(rv, { purpose, owner, relay, hk, n })
    byPlace.set(relay, places)
    return rv
  }

  function update(chain: Map<number, string>, owner: string, want: Wanted): { added: string[]; removed: string[] } {
    const wanted = new Set(want.numbers)
    const [added, removed]: [string[], string[]] = [[], []]
    for (const [n, rv] of chain) {
      if (wanted.has(n)) continue
      chain.delete(n)
      byPlace.get(want.relay)?.delete(rv)
      removed.push(rv)
    }
    for (const n of want.numbers) {
      if (chain.has(n)) continue
      const rv = add(owner, want, n)
      chain.set(n, rv)
      added.push(rv)
    }
    return { added, removed }
  }

  /** Makes `wanted` all that is watched for `owner`. */
  function set(owner: string, wanted: Wanted[]): void {
    const chains = byOwner.get(owner) ?? new Map<string, Map<number, string>>()
    const keyOf = (want: Wanted) => `${want.relay} ${hex(want.hk)}`
    const byKey = new Map(wanted.map((want) => [keyOf(want), want]))
    for (const [key, chain] of chains) {
      if (byKey.has(key)) continue
      const relay = key.slice(0, key.indexOf(' '))
      const gone = [...chain.values()]
      for (const rv of gone) byPlace.get(relay)?.delete(rv)
      links.get(relay).watch([], gone)
      chains.delete(key)
    }
    for (const [key, want] of byKey) {
      const chain = chains.get(key) ?? new Map<number, string>()
      chains.set(key, chain)
      const { added, removed } = update(chain, owner, want)
      if (added.length + removed.length > 0) links.get(want.relay).watch(added, removed)
    }
    if (chains.size === 0) byOwner.delete(owner)
    else byOwner.set(owner, chains)
  }

  return {
    set,
    clear: (owner: string) => set(owner, []),
    at: (relay: string, rv: string): Watch | null => byPlace.get(relay)?.get(rv) ?? null,
    count: () => [...byPlace.values()].reduce((sum, places) => sum + places.size, 0),
  }
}
