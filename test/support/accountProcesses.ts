/** Server and key server as two processes, with directory users to make accounts for. */
import { randomBytes } from 'node:crypto'
import { generateAccountKeys, type AccountKeys } from '#main/protocol/accountKey.ts'
import { openAccounts } from '#relay/storage/accounts.ts'
import { createUserStore } from '#relay/storage/userStore.ts'
import { createAccountClient } from '#test/support/accountClient.ts'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'
import { node, testContext } from '#test/support/providers.ts'

const context = testContext()

/** A user of the directory in the database at `dir`, which nobody may have open. */
export function insertUser(dir: string, code: string): AccountKeys {
  const keys = generateAccountKeys(context, { eddsaSecret: context.random(32), ecdhSecret: context.random(32) })
  const db = openAccounts(dir)
  const [ecdh, eddsa] = [node.x25519.publicKey(keys.ecdhSecret), node.ed25519.publicKey(keys.eddsaSecret)]
  const user = db.transaction(() => createUserStore(db).insert(code, ecdh, eddsa, Date.now()))
  db.close()
  if (user === null) throw new Error(`${code} is taken`)
  return keys
}

export const httpOf = ({ address }: RelayProcess): string => address.replace('ws://', 'http://')

export interface AccountProcesses {
  server: RelayProcess
  keyServer: RelayProcess
  keyServerToken: string
  host: string
  keys: AccountKeys[]
  /** A device of the user with the code at `index`. */
  device(index?: number): ReturnType<typeof createAccountClient>
  /** The account of that user, with key and secured session. */
  account(password: string, index?: number): Promise<ReturnType<typeof createAccountClient>>
  dispose(): Promise<void>
}

const expectStatus = (what: string, { status }: { status: number }, wanted: number): void => {
  if (status !== wanted) throw new Error(`${what}: ${status}`)
}

export async function spawnAccountProcesses(codes = ['E011T7D', 'ABCDEFG']): Promise<AccountProcesses> {
  const keyServerToken = randomBytes(24).toString('hex') // base64url can begin with a dash, and is a flag then
  let keys: AccountKeys[] = []
  const server = await spawnRelay(['--role', 'server', '--keyserver-token', keyServerToken], (dir) => {
    keys = codes.map((code) => insertUser(dir, code))
  })
  const keyServer = await spawnRelay(['--role', 'keyserver', '--server-url', httpOf(server), '--keyserver-token', keyServerToken])
  const host = 'relay.example'
  const device = (index = 0) =>
    createAccountClient({ server: httpOf(server), keyServer: httpOf(keyServer), host, code: codes[index] ?? '' })
  return {
    ...{ server, keyServer, keyServerToken, host, keys, device },
    async account(password, index = 0) {
      const [client, own] = [device(index), keys[index] as AccountKeys]
      expectStatus('register', await client.toServer('POST', '/register', client.registration(password, own)), 200)
      expectStatus('authenticate', await client.authenticate(password), 200)
      expectStatus('publicKey', await client.publish(own), 204)
      expectStatus('newUser', await client.newUser(password, own), 204)
      expectStatus('session-challenge', await client.secure(own), 200)
      return client
    },
    async dispose() {
      await keyServer.dispose()
      await server.dispose()
    },
  }
}
