/** Connections to the directories of relays on which asks by code come and go: one for each directory user, as long as the profile is open. */
import type { Core } from '../core.ts'
import { createConnection, type Connection, type ConnectionListeners, type Shown } from './connection.ts'

export type Signalling = ReturnType<typeof createSignalling>

export function createSignalling(core: Core, listeners: ConnectionListeners) {
  const connections = new Map<string, { code: string; connection: Connection }>()

  function end(relay: string): void {
    connections.get(relay)?.connection.close()
    connections.delete(relay)
  }

  return {
    /** Of the connection for the directory user at this relay. */
    stateOf: (relay: string): Shown => connections.get(relay)?.connection.shown() ?? { state: 'offline', error: null },
    /** Connects for every directory user there is, and for no other. */
    follow(): void {
      const users = core.stores.account.users()
      for (const [relay, { code }] of connections) if (!users.some((user) => user.relay === relay && user.code === code)) end(relay)
      for (const user of users)
        if (!connections.has(user.relay))
          connections.set(user.relay, { code: user.code, connection: createConnection(core, user, listeners) })
    },
    /** There is something to send at this relay. */
    pump: (relay: string): void => connections.get(relay)?.connection.pump(),
    retry: (): void => connections.forEach(({ connection }) => connection.retry()),
    close: (): void => [...connections.keys()].forEach(end),
  }
}
