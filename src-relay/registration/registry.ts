/** `relay registry export|import DIR`: the registered devices as the two files of the seed. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { base64, base64urlnopad } from '@scure/base'
import type * as v from 'valibot'
import { equalBytes } from '#main/protocol/bytes.ts'
import type { SealedPrimitives } from '#main/protocol/sealedApi.ts'
import type { AccountDatabase } from '../storage/accounts.ts'
import { createRegistrationStore, type Device } from '../storage/registrationStore.ts'
import { apiKeyHash, createDeviceSecrets, type DeviceSecrets } from './deviceSecrets.ts'
import { fileMax, fromYaml, RegistryError, toYaml } from './registryYaml.ts'
import { clientConfigSchema, serverKeysSchema, toTime } from './schemas.ts'

export interface RegistryOptions {
  db: AccountDatabase
  masterKey: Uint8Array
  primitives: SealedPrimitives
}

const serverKeysFile = 'server_keys.yaml'
const clientConfigFile = 'client_config.yaml'
/** Of the encrypted form of a secret key: `cairn1.` and base64url, without padding, of nonce, ciphertext and tag. */
const secretPrefix = 'cairn1.'

const otherMasterKey = (where: string) => new RegistryError(`${where} is encrypted under another master key; nothing was changed`)

/**
 * Writes both files, which must not be there yet, readable by their owner only.
 * @returns how many devices. @throws RegistryError
 */
export function exportRegistry(dir: string, { db, masterKey }: RegistryOptions): number {
  const devices = createRegistrationStore(db).devices()
  const secrets = createDeviceSecrets(masterKey)
  for (const { clientId, serverSecret } of devices)
    if (secrets.unwrap(clientId, serverSecret) === null) throw otherMasterKey(`the secret key for ${clientId}`)
  const keys = devices.map(({ clientId, serverKey, serverSecret, createdAt }) => ({
    ...{ client_id: clientId, public_key: base64.encode(serverKey) },
    ...{ secret_key: secretPrefix + base64urlnopad.encode(serverSecret), created_at: toTime(createdAt) },
  }))
  const clients = devices.map(({ clientId, clientKey, registeredAt, lastSeen }) => ({
    ...{ client_id: clientId, client_public_key: base64.encode(clientKey), server_key_id: clientId },
    ...{ registered_at: toTime(registeredAt), last_seen: toTime(lastSeen) },
  }))
  const byId = <T extends { client_id: string }>(all: T[]) => new Map(all.map((one) => [one.client_id, one]))
  const files = [
    [join(dir, serverKeysFile), toYaml({ keys: byId(keys) })],
    [join(dir, clientConfigFile), toYaml({ clients: byId(clients) })],
  ] as const
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  for (const [path] of files) if (existsSync(path)) throw new RegistryError(`${path} is there already`)
  for (const [path, text] of files) writeDurably(path, text)
  return devices.length
}

export interface Imported {
  added: number
  /** They were there with the same keys, and stay as they are. */
  same: number
  /** Keys of registrations that were never completed: left out. */
  unfinished: number
}

/** Adds the devices of both files, all or none. @throws RegistryError */
export function importRegistry(dir: string, { db, masterKey, primitives }: RegistryOptions): Imported {
  const { keys } = fromYaml(serverKeysFile, read(dir, serverKeysFile), serverKeysSchema)
  const { clients } = fromYaml(clientConfigFile, read(dir, clientConfigFile), clientConfigSchema)
  const secrets = createDeviceSecrets(masterKey)
  for (const [id, { client_id }] of keys)
    if (id !== client_id) throw new RegistryError(`${serverKeysFile}: keys.${id} has another client_id`)
  const devices = [...clients].map(([id, client]) => {
    const key = keys.get(id)
    if (client.client_id !== id) throw new RegistryError(`${clientConfigFile}: clients.${id} has another client_id`)
    if (client.server_key_id !== id || key === undefined)
      throw new RegistryError(`${clientConfigFile}: clients.${id}.server_key_id names no key for it in ${serverKeysFile}`)
    return toDevice(key, client, secrets, primitives)
  })
  const { added, same } = db.transaction(() => addAll(db, devices))
  return { added, same, unfinished: keys.size - devices.length }
}

type ValueOf<M> = M extends Map<string, infer V> ? V : never
type ServerKey = ValueOf<v.InferOutput<typeof serverKeysSchema>['keys']>
type Client = ValueOf<v.InferOutput<typeof clientConfigSchema>['clients']>

function toDevice(key: ServerKey, client: Client, secrets: DeviceSecrets, { x25519 }: SealedPrimitives): Device {
  const clientId = client.client_id
  const serverSecret = wrappedOf(key)
  const secret = secrets.unwrap(clientId, serverSecret)
  if (secret === null) throw otherMasterKey(`${serverKeysFile}: keys.${clientId}.secret_key`)
  const [serverKey, clientKey] = [base64.decode(key.public_key), base64.decode(client.client_public_key)]
  if (!equalBytes(x25519.publicKey(secret), serverKey))
    throw new RegistryError(`${serverKeysFile}: keys.${clientId}.public_key is not that of its secret_key`)
  try {
    x25519.sharedSecret(secret, clientKey)
  } catch {
    throw new RegistryError(`${clientConfigFile}: clients.${clientId}.client_public_key is no key to agree with`)
  } finally {
    secret.fill(0)
  }
  return {
    ...{ clientId, serverKey, serverSecret, clientKey, apiKeyHash: apiKeyHash(secrets.apiKey({ clientId, serverKey, clientKey })) },
    ...{ createdAt: Date.parse(key.created_at), registeredAt: Date.parse(client.registered_at), lastSeen: Date.parse(client.last_seen) },
  }
}

function wrappedOf({ client_id, secret_key }: ServerKey): Uint8Array {
  try {
    if (secret_key.startsWith(secretPrefix)) return base64urlnopad.decode(secret_key.slice(secretPrefix.length))
  } catch {
    // not base64url: the same answer as for another prefix
  }
  throw new RegistryError(`${serverKeysFile}: keys.${client_id}.secret_key is not in the encrypted form (${secretPrefix}…)`)
}

function addAll(db: AccountDatabase, devices: readonly Device[]): { added: number; same: number } {
  const store = createRegistrationStore(db)
  let same = 0
  for (const device of devices) {
    const there = store.device(device.clientId)
    if (there === null) store.insert(device)
    else if (equalBytes(there.serverKey, device.serverKey) && equalBytes(there.clientKey, device.clientKey)) same++
    else throw new RegistryError(`${device.clientId} is registered here with other keys; nothing was changed`)
  }
  return { added: devices.length - same, same }
}

function read(dir: string, name: string): string {
  const path = join(dir, name)
  try {
    if (statSync(path).size <= fileMax) return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof TypeError) throw new RegistryError(`${path} is not UTF-8`)
    throw new RegistryError(`cannot read ${path}`)
  }
  throw new RegistryError(`${path} is larger than ${fileMax} bytes`)
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
