/** A client in Python, written from the protocol's text, against the relay as a process. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { spawnRelay } from '#test/support/processes.ts'

const script = join(import.meta.dirname, 'registration.py')
const run = promisify(execFile)

async function against(relayArgs: string[], scheme: string): Promise<string[]> {
  const relay = await spawnRelay(relayArgs)
  try {
    const { stdout } = await run('/usr/bin/python3', [script, scheme, relay.address.replace('ws', 'http'), 'python:device.1'])
    return stdout.trim().split('\n')
  } finally {
    await relay.dispose()
  }
}

test('registers, opens a session, and speaks sealed', async () => {
  const found = await against([], 'sealed')
  for (const name of ['sealed GET', 'sealed POST, sealed refusal', 'a replay is refused', '64 behind', 'removed', 'the session is over'])
    expect(found).toContain(`ok ${name}`)
  expect(found.at(-1)).toBe('done')
})

test('a client that knows the seed alone is served under --compat omni', async () => {
  const found = await against(['--compat', 'omni'], 'omni')
  expect(found).toEqual(['ok init', 'ok complete', 'ok GET', 'ok POST', 'ok DELETE', 'ok gone', 'done'])
})
