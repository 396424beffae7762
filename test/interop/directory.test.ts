import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'

const run = promisify(execFile)
let relay: RelayProcess
beforeAll(async () => {
  relay = await spawnRelay()
})
afterAll(() => relay.dispose())

test.each(['both-online', 'recipient-offline'])('two clients in Python derive one key: %s', async (mode) => {
  const { stdout } = await run('/usr/bin/python3', ['test/interop/directory.py', '127.0.0.1', String(relay.port), mode])
  expect(JSON.parse(stdout)).toEqual({ mode, sameKey: true, bytes: 32 })
})
