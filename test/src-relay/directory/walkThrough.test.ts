import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { spawnRelay } from '#test/support/processes.ts'

test('the walk through the directory does what its page says', async () => {
  const page = readFileSync('docs/services/directory.md', 'utf8')
  const steps = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, step]) => step ?? '')
  expect(steps).toHaveLength(4)
  const relay = await spawnRelay()
  const dir = mkdtempSync(join(tmpdir(), 'cairn-walk-'))
  try {
    const env = { PATH: process.env['PATH'], RELAY: relay.address.replace('ws:', 'http:') }
    execFileSync('bash', ['-e', '-o', 'pipefail', '-c', steps.join('\n')], { cwd: dir, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const user = JSON.parse(readFileSync(join(dir, 'alice.json'), 'utf8')) as Record<string, unknown>
    expect(JSON.parse(readFileSync(join(dir, 'renamed.json'), 'utf8'))).toEqual({ ...user, name: 'Alice' })
  } finally {
    rmSync(dir, { recursive: true })
    await relay.dispose()
  }
})
