/** Registering devices, and telling them by their API keys. */
import { randomBytes } from 'node:crypto'
import type { SealedPrimitives } from '#main/protocol/sealedApi.ts'
import { Problem } from '../api/problem.ts'
import type { AccountDatabase } from '../storage/accounts.ts'
import { createRegistrationStore, type Device } from '../storage/registrationStore.ts'
import { apiKeyHash, isApiKeyOf, type DeviceSecrets } from './deviceSecrets.ts'

/** How long a registration that was begun waits to be completed. */
export const unfinishedMs = 10 * 60_000
const mostUnfinished = 10_000

export interface Devices {
  /** The relay's key for this client_id: the same until it is completed or over. @throws Problem `conflict`, `unavailable` */
  begin(clientId: string, now: number): Uint8Array
  /** The API key, which nobody can ask for again. @throws Problem `conflict`, `not-found`, `invalid` for a key of low order */
  complete(clientId: string, clientKey: Uint8Array, now: number): string
  /** @throws Problem `unauthorized`, the same for a wrong key and an unknown device */
  authenticate(clientId: string, apiKey: string): Device
  find(clientId: string): Device | null
  /** The relay's secret key for it. @throws Problem `unavailable` where the master key is another than it was encrypted under */
  secretOf(device: Device): Uint8Array
  remove(clientId: string): void
  noteSeen(seen: ReadonlyMap<string, number>): void
  /** Forgets what was begun and never completed. */
  sweep(now: number): void
}

const toSecond = (ms: number): number => Math.floor(ms / 1000) * 1000

export function createDevices(db: AccountDatabase, secrets: DeviceSecrets, { x25519 }: SealedPrimitives): Devices {
  const store = createRegistrationStore(db)
  const taken = () => new Problem('conflict', 'this client_id is registered')

  const isUsableKey = (key: Uint8Array): boolean => {
    try {
      x25519.sharedSecret(new Uint8Array(randomBytes(32)), key)
      return true
    } catch {
      return false // of low order: every shared secret would be zero
    }
  }

  return {
    begin: (clientId, now) =>
      db.transaction(() => {
        if (store.device(clientId) !== null) throw taken()
        const begun = store.begun(clientId)
        if (begun !== null && now - begun.createdAt < unfinishedMs) return begun.serverKey
        store.forgetBegun(clientId)
        if (store.countBegun() >= mostUnfinished)
          throw new Problem('unavailable', 'too many registrations are begun; try again later', { 'retry-after': '60' })
        const secret = new Uint8Array(randomBytes(32))
        const serverKey = x25519.publicKey(secret)
        store.begin({ clientId, serverKey, serverSecret: secrets.wrap(clientId, secret), createdAt: toSecond(now) })
        secret.fill(0)
        return serverKey
      }),

    complete: (clientId, clientKey, now) =>
      db.transaction(() => {
        if (store.device(clientId) !== null) throw taken()
        const begun = store.begun(clientId)
        if (begun === null || now - begun.createdAt >= unfinishedMs)
          throw new Problem('not-found', 'no registration of this client_id is begun, or it is over: POST /register/init')
        if (!isUsableKey(clientKey)) throw new Problem('invalid', 'body.public_key is no key to agree with')
        const apiKey = secrets.apiKey({ clientId, serverKey: begun.serverKey, clientKey })
        const times = { registeredAt: toSecond(now), lastSeen: toSecond(now) }
        store.insert({ ...begun, clientKey, apiKeyHash: apiKeyHash(apiKey), ...times })
        return apiKey
      }),

    authenticate(clientId, apiKey) {
      const device = store.device(clientId)
      const isRight = isApiKeyOf(device, apiKey)
      if (device === null || !isRight) throw new Problem('unauthorized', 'no such device, or another api_key')
      return device
    },
    find: (clientId) => store.device(clientId),
    secretOf(device) {
      const secret = secrets.unwrap(device.clientId, device.serverSecret)
      if (secret === null) throw new Problem('unavailable', 'this relay has another master key than it had')
      return secret
    },
    remove: (clientId) => db.transaction(() => store.remove(clientId)),
    noteSeen: (seen) => db.transaction(() => seen.forEach((time, clientId) => store.seen(clientId, time))),
    sweep: (now) => db.transaction(() => store.forgetBegunBefore(now - unfinishedMs)),
  }
}
