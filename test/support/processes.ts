/** Relays as processes of their own, run from source. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { spawnProcess } from './process.ts'
import type { RunningProcess } from './process.ts'

export interface RelayProcess {
  /** `ws://127.0.0.1:port`, with TLS `wss://` and perhaps a pin; the same over restarts. */
  readonly address: string
  readonly port: number
  readonly pid: number
  readonly dataDir: string
  stdout(): string
  stderr(): string
  /** SIGTERM, waits; SIGKILL, waits. */
  stop(): Promise<void>
  kill(): Promise<void>
  /** After `stop` or `kill`: the same port and folder. */
  restart(): Promise<void>
  /** Ends it, if it runs, and removes its folder. */
  dispose(): Promise<void>
}

/** As `npm run relay` has it. */
const [, ...flags] = packageJson.scripts.relay.split(' ')
const script = flags.pop() ?? ''

/**
 * Starts `src-relay/main.ts` on a free port with a folder of its own.
 * @param prepare puts into that folder what is to be there from the start.
 */
export const spawnRelay = async (args: string[] = [], prepare?: (dataDir: string) => void): Promise<RelayProcess> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'cairn-relay-'))
  prepare?.(dataDir)
  const start = async (port: number): Promise<{ child: RunningProcess; address: string; port: number }> => {
    const child = spawnProcess(script, ['--listen', `127.0.0.1:${port}`, '--data', dataDir, ...args], flags)
    const match = await child.line(/^relay listening on (wss?:\/\/[^:]+:(\d+)(#.+)?)$/)
    return { child, address: match[1] ?? '', port: Number(match[2]) }
  }
  let { child, address, port } = await start(0)
  return {
    get address() {
      return address
    },
    port,
    dataDir,
    get pid() {
      return child.pid
    },
    stdout: () => child.stdout(),
    stderr: () => child.stderr(),
    stop: () => child.stop(),
    kill: () => child.kill(),
    restart: async () => {
      ;({ child, address, port } = await start(port))
    },
    dispose: async () => {
      await child.kill()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export interface HostileRelayProcess {
  readonly address: string
  readonly pid: number
  /** Switches what it does from now on; resolves when it has. */
  setMode(mode: string): Promise<void>
  /** Ends every connection, as a restart would. */
  drop(): Promise<void>
  dispose(): Promise<void>
}

/** Starts `test/support/hostileRelay.ts` in `mode`. */
export const spawnHostileRelay = async (mode: string): Promise<HostileRelayProcess> => {
  const child = spawnProcess('test/support/hostileRelay.ts', ['--mode', mode])
  const match = await child.line(/^hostile relay listening on (ws:\/\/127\.0\.0\.1:(\d+))$/)
  const address = match[1] ?? ''
  return {
    address,
    pid: child.pid,
    drop: async () => void (await fetch(`${address.replace('ws:', 'http:')}/drop`, { method: 'POST' })),
    setMode: async (next) => {
      const response = await fetch(`${address.replace('ws:', 'http:')}/mode/${next}`, { method: 'POST' })
      if (!response.ok) throw new Error(`the hostile relay knows no mode ${next}`)
    },
    dispose: () => child.kill(),
  }
}

export interface SocksProcess {
  readonly port: number
  /** What it was asked for so far. */
  asked(): { host: string; port: number; kind: 'name' | 'ip'; username: string | null }[]
  dispose(): Promise<void>
}

/** Starts `test/support/socksServer.ts`. */
export const spawnSocks = async (...args: string[]): Promise<SocksProcess> => {
  const child = spawnProcess('test/support/socksServer.ts', args)
  const match = await child.line(/^socks server listening on 127\.0\.0\.1:(\d+)$/)
  const asked: SocksProcess['asked'] = () =>
    child
      .stdout()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as ReturnType<SocksProcess['asked']>[number])
  return { port: Number(match[1]), asked, dispose: () => child.kill() }
}
