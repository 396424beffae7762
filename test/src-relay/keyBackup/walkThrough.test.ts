/** The commands of docs/services/key-backup.md, as they stand there. */
import { spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpOf, spawnAccountProcesses, type AccountProcesses } from '#test/support/accountProcesses.ts'

const root = resolve(import.meta.dirname, '../../..')
const work = mkdtempSync(join(tmpdir(), 'cairn-walk-'))
let all: AccountProcesses
beforeAll(async () => {
  all = await spawnAccountProcesses(['E011T7D'])
})
afterAll(async () => {
  await all.dispose()
  rmSync(work, { recursive: true })
})

/** An Ed25519 seed as PKCS #8 (RFC 8410). */
const pem = (seed: Uint8Array) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    ...({ format: 'der', type: 'pkcs8' } as const),
  }).export({ format: 'pem', type: 'pkcs8' })

test('the walk-through goes through', { timeout: 180_000 }, () => {
  const page = readFileSync(join(root, 'docs/services/key-backup.md'), 'utf8')
  const script = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands).join('\n')
  writeFileSync(join(work, 'user.pem'), pem(all.keys[0]?.eddsaSecret ?? new Uint8Array()))
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    ...{ cwd: root, encoding: 'utf8' },
    env: {
      ...process.env,
      SERVER: httpOf(all.server),
      KEYSERVER: httpOf(all.keyServer),
      CODE: 'E011T7D',
      HOST_NAME: 'relay.example',
      WORK: work,
    },
  })
  expect(status, stderr).toBe(0)
  expect(stdout).toMatch(/^\{"userID":"[0-9a-f]{32}"\}\{"secured":true\}1\nthe account is gone\n$/)
})
