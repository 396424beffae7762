/** Server and key server in one process: no token between them, no question over the network. */
import { request } from 'node:https'
import { expect, onTestFinished, test } from 'vitest'
import type { AccountKeys } from '#main/protocol/accountKey.ts'
import { createAccountClient } from '#test/support/accountClient.ts'
import { insertUser } from '#test/support/accountProcesses.ts'
import { spawnRelay } from '#test/support/processes.ts'

test('an account is made and restored in one process, which validates for nobody else', async () => {
  let keys = {} as AccountKeys
  const relay = await spawnRelay(['--public-host', 'relay.example'], (dir) => {
    keys = insertUser(dir, 'E011T7D')
  })
  onTestFinished(() => relay.dispose())
  const here = `http://127.0.0.1:${relay.port}`
  const device = (host: string) => createAccountClient({ server: here, keyServer: here, host, code: 'E011T7D' })
  const elsewhere = device('evil.example')
  expect((await elsewhere.toServer('POST', '/register', elsewhere.registration('p', keys))).status).toBe(400)
  const first = device('relay.example')
  expect((await first.toServer('POST', '/register', first.registration('p', keys))).status).toBe(200)
  await first.authenticate('p')
  await first.publish(keys)
  expect((await first.newUser('p', keys)).status).toBe(204)
  expect(await device('relay.example').restore('p')).toEqual(keys)
  const question = { userID: first.userID, accessToken: await first.token('getKey'), operation: 'getKey' }
  const headers = { 'content-type': 'application/json', authorization: 'Bearer null' }
  const validated = await fetch(`${here}/keyserver/user/validate`, { method: 'POST', headers, body: JSON.stringify(question) })
  expect(validated.status).toBe(426) // what is no path of the services
})

test('with TLS the cookie is for TLS only', async () => {
  const relay = await spawnRelay(['--tls-self-signed'])
  onTestFinished(() => relay.dispose())
  const options = { method: 'POST', port: relay.port, path: '/api/user/logout', rejectUnauthorized: false }
  const cookies = await new Promise<string[] | undefined>((resolve, reject) => {
    request(options, (response) => resolve(response.resume().headers['set-cookie']))
      .on('error', reject)
      .end()
  })
  expect(cookies?.[0]).toMatch(/^session=; Path=\/api\/user; Max-Age=0; HttpOnly; SameSite=Strict; Secure$/)
})
