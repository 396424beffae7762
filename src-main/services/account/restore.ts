/** A fresh profile out of an account's backup: code and password in, and everything but the conversations out (desktop.md, journey 8). */
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import type { Ports } from '../../ports.ts'
import { openBackup } from '../../protocol/accountBackup.ts'
import type { AccountKeys } from '../../protocol/accountKey.ts'
import { decodeIdentitySecrets } from '../../protocol/identity.ts'
import type { DeviceRow } from '../../storage/accountStore.ts'
import type { Stores } from '../core.ts'
import { createAccountApi } from './accountApi.ts'
import { putContent, type Content } from './backupContent.ts'
import { codeIn } from './codeText.ts'
import { createSealedApi, refusePlain, type Devices } from './sealedApi.ts'

export interface RestoreWish {
  relay: string
  keyServer: string | null
  code: string
  password: string
}

/** What was fetched, still only in memory. */
export interface Fetched {
  relay: string
  keyServer: string
  code: string
  userID: string
  keys: AccountKeys
  authKey: Uint8Array
  counter: number
  content: Content
  devices: DeviceRow[]
}

type RestorePorts = Pick<Ports, 'transport' | 'primitives' | 'random' | 'clock' | 'kdf'>

const devicesInMemory = (): Devices & { all(): DeviceRow[] } => {
  const known = new Map<string, DeviceRow>()
  return {
    get: (address) => known.get(address) ?? null,
    put: (device) => void known.set(device.address, device),
    remove: (address) => void known.delete(address),
    all: () => [...known.values()],
  }
}

/**
 * Asks server and key server; nothing is written.
 * Errors: `code.invalid`, `account.*`, `backup.*`, `challenge.other-host`, `crypto.failed`, `codec.*`, `relay.*`, `proxy.*`.
 */
export async function fetchBackup(ports: RestorePorts, wish: RestoreWish): Promise<Fetched> {
  const { code } = codeIn(wish.code)
  const relay = normalizeRelayAddress(wish.relay)
  const keyServer = wish.keyServer === null ? relay : normalizeRelayAddress(wish.keyServer)
  for (const address of [relay, keyServer]) refusePlain(address)
  const devices = devicesInMemory()
  const api = createAccountApi(ports, createSealedApi(ports, devices), { relay, keyServer, code })
  const authKey = await api.authKey(wish.password)
  const userID = await api.signIn(authKey)
  const box = await api.getKey()
  const keys = api.open(await api.encKey(wish.password, box.salt), box)
  await api.secure(keys)
  const { counter, ...content } = openBackup(ports.primitives, keys, userID, await api.getBackup(), 0)
  decodeIdentitySecrets(ports.primitives, content.identity) // before anything is made of it
  return { relay, keyServer, code, userID, keys, authKey, counter, content, devices: devices.all() }
}

/** Fills an empty keystore, in its one transaction; every contact's session is on the list of those to be reset. */
export function putFetched(ports: Pick<Ports, 'primitives' | 'random'>, stores: Stores, fetched: Fetched, now: number): void {
  const { relay, keyServer, code, userID, keys, authKey, counter, content, devices } = fetched
  putContent(stores, { ...ports, now }, content, relay)
  stores.account.addUser({ relay, code, own: true, eddsa: keys.eddsaSecret, ecdh: keys.ecdhSecret, since: now })
  for (const device of devices) stores.account.putDevice(device)
  stores.account.addAccount({
    ...{ key_server: keyServer, user_id: userID, auth_key: authKey, state: 'open', enc_key: null, salt: null, counter },
    ...{ kem_key: keys.kemKey, kem_secret: keys.kemSecret, dh_secret: keys.dhSecret },
  })
}
