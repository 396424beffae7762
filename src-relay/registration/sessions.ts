/** Sessions of the sealed API: in memory only, so that their keys are gone with the process; a client then opens another. */
import { randomBytes } from 'node:crypto'
import { emptyWindow, type ReplayWindow, type SessionKeys } from '#main/protocol/sealedApi.ts'

export const sessionMs = 3600_000

export interface Session {
  id: string
  clientId: string
  keys: SessionKeys
  window: ReplayWindow
  expiresAt: number
}

export interface Sessions {
  /** The oldest make way: of this device, where it has too many, and of all. */
  open(clientId: string, id: string, keys: SessionKeys, now: number): void
  /** Null: unknown, over, or another device's. */
  find(clientId: string, id: string, now: number): Session | null
  /** All of a device. */
  drop(clientId: string): void
  sweep(now: number): void
}

export const newSessionId = (): string => randomBytes(16).toString('base64url')

export function createSessions({ most = 10_000, mostPerClient = 8 } = {}): Sessions {
  const all = new Map<string, Session>() // oldest first, as all last equally long
  const byClient = new Map<string, Set<string>>()

  function remove(id: string): void {
    const session = all.get(id)
    if (session === undefined) return
    all.delete(id)
    const own = byClient.get(session.clientId)
    own?.delete(id)
    if (own?.size === 0) byClient.delete(session.clientId)
  }
  const removeFirst = (ids: Iterable<string>): void => {
    for (const id of ids) return remove(id)
  }

  return {
    open(clientId, id, keys, now) {
      const own = byClient.get(clientId) ?? new Set()
      if (own.size >= mostPerClient) removeFirst(own)
      if (all.size >= most) removeFirst(all.keys())
      byClient.set(clientId, own.add(id))
      all.set(id, { id, clientId, keys, window: emptyWindow, expiresAt: now + sessionMs })
    },
    find(clientId, id, now) {
      const session = all.get(id)
      return session !== undefined && session.clientId === clientId && now < session.expiresAt ? session : null
    },
    drop: (clientId) => [...(byClient.get(clientId) ?? [])].forEach(remove),
    sweep(now) {
      for (const { id, expiresAt } of all.values()) if (expiresAt <= now) remove(id)
    },
  }
}
