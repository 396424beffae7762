/** Two whole apps in this process and a relay in its own: keystore files, sockets, all but the cost of the passphrase. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Primitives } from '#main/protocol/primitives.ts'
import { eventually } from '../support/eventually.ts'
import { spawnRelay } from '../support/processes.ts'
import type { RelayProcess } from '../support/processes.ts'
import { startTestApp } from '../support/testApp.ts'
import type { TestApp } from '../support/testApp.ts'

export const startRelay = (): Promise<RelayProcess> => spawnRelay(['--unlimited-rates'])

export interface AppPair {
  inviter: TestApp
  acceptor: TestApp
  /** The text of an invite that is ready to be answered. */
  invite(): Promise<string>
  close(): Promise<void>
}

export async function startAppPair(relay: string, primitives: Primitives): Promise<AppPair> {
  const dir = mkdtempSync(join(tmpdir(), 'cairn-bench-'))
  const start = (name: string) => startTestApp({ name, relay, dir: join(dir, name), primitives })
  const [inviter, acceptor] = [await start('Ada'), await start('Ben')]
  const isConnected = async (app: TestApp) => (await app.call('network.state', {})).relays.every(({ state }) => state === 'connected')
  for (const app of [inviter, acceptor]) await eventually(`${app.name} is connected`, () => isConnected(app), Boolean)
  return {
    inviter,
    acceptor,
    async invite() {
      const { id, file } = await inviter.call('invites.create', {})
      const isOpen = async () => (await inviter.call('invites.list', {})).some((invite) => invite.id === id && invite.state === 'open')
      await eventually('the invite is ready', isOpen, Boolean)
      return file.text
    },
    async close() {
      await Promise.all([inviter.close(), acceptor.close()])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Resolves when `app` tells its window that the conversation is open. */
export const untilOpen = (app: TestApp): Promise<void> =>
  new Promise((resolve) => {
    const stop = app.app.subscribe((event) => {
      if (event.type !== 'conversation' || event.conversation.state !== 'open') return
      stop()
      resolve()
    })
  })

/** Accepts a fresh invite; milliseconds until both windows show the conversation as open. */
export async function connectPair({ acceptor, inviter }: AppPair, text: string): Promise<number> {
  const open = Promise.all([untilOpen(acceptor), untilOpen(inviter)])
  const start = performance.now()
  await acceptor.call('invites.accept', { text })
  await open
  return performance.now() - start
}
