/** Runs the commands of docs/services/registration.md, as they stand there, against the relay as a process. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { spawnRelay } from '#test/support/processes.ts'

test('the walk-through goes as it says', async () => {
  const page = readFileSync(new URL('../../../docs/services/registration.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands)
  expect(blocks).toHaveLength(6)
  const relay = await spawnRelay()
  const dir = mkdtempSync(join(tmpdir(), 'cairn-walk-'))
  try {
    const script = ['set -euo pipefail', ...blocks.flatMap((commands) => [commands, 'echo'])].join('\n')
    const env = { ...process.env, ORIGIN: relay.address.replace('ws', 'http') }
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: dir, env })
    const said = stdout.split('\n').filter((line) => line !== '')
    expect(JSON.parse(said[0] ?? '')).toMatchObject({ error: { code: 'conflict' } })
    expect(said[1]).toMatch(/^200 \{"client_id":"device-001","registered_at":"[^"]+","last_seen":"[^"]+"\}$/)
    expect(said[2]).toMatch(/^409 \{"error":\{"code":"conflict"/)
    expect(said[3]).toBe('200 {"client_id":"device-001","registered":false}')
    expect(said).toHaveLength(4)
  } finally {
    await relay.dispose()
    rmSync(dir, { recursive: true })
  }
})
