/**
 * What follows from the master key: encryption of the relay's secret key for each device, and the devices' API keys. Each use has a key
 * of its own, derived by HKDF.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

const nonceBytes = 12
const tagBytes = 16
const secretBytes = 32

export interface DeviceSecrets {
  /** `nonce(12) ‖ ciphertext(32) ‖ tag(16)`, AES-256-GCM; associated data: purpose and client_id. */
  wrap(clientId: string, secret: Uint8Array): Uint8Array
  /** Null: another master key, another device's, or damaged. */
  unwrap(clientId: string, wrapped: Uint8Array): Uint8Array | null
  /**
   * 32 bytes in base64url: HMAC-SHA256 over client_id and both public keys, the relay's being random and new for each registration.
   * Derived instead of drawn, so that it survives `registry export` and `import`, whose files have no place for it.
   */
  apiKey(device: { clientId: string; serverKey: Uint8Array; clientKey: Uint8Array }): string
}

export function createDeviceSecrets(masterKey: Uint8Array): DeviceSecrets {
  const subkey = (purpose: string) => Buffer.from(hkdfSync('sha256', masterKey, '', `cairn/1 registration ${purpose}`, 32))
  const [wrappingKey, apiKeyKey] = [subkey('server secret'), subkey('api key')]
  const associatedData = (clientId: string) => Buffer.from(`server secret\0${clientId}`)
  return {
    wrap(clientId, secret) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', wrappingKey, nonce).setAAD(associatedData(clientId))
      const body = Buffer.concat([cipher.update(secret), cipher.final()])
      return new Uint8Array(Buffer.concat([nonce, body, cipher.getAuthTag()]))
    },
    unwrap(clientId, wrapped) {
      if (wrapped.length !== nonceBytes + secretBytes + tagBytes) return null
      const decipher = createDecipheriv('aes-256-gcm', wrappingKey, wrapped.subarray(0, nonceBytes), { authTagLength: tagBytes })
      decipher.setAAD(associatedData(clientId)).setAuthTag(wrapped.subarray(-tagBytes))
      try {
        return new Uint8Array(Buffer.concat([decipher.update(wrapped.subarray(nonceBytes, -tagBytes)), decipher.final()]))
      } catch {
        return null // the tag is another
      }
    },
    apiKey: ({ clientId, serverKey, clientKey }) =>
      createHmac('sha256', apiKeyKey).update(serverKey).update(clientKey).update(clientId).digest('base64url'),
  }
}

/** What is kept of an API key: SHA-256, enough for 256 bits that nobody can guess. */
export const apiKeyHash = (apiKey: string): Uint8Array => new Uint8Array(createHash('sha256').update(apiKey).digest())

const nobody = randomBytes(32)

/** Takes as long for a device that is not there (`null`) as for a wrong key. */
export const isApiKeyOf = (device: { apiKeyHash: Uint8Array } | null, apiKey: string): boolean =>
  timingSafeEqual(apiKeyHash(apiKey), device?.apiKeyHash ?? nobody)
