/** Device registration and the sealed API (seed 000; docs/services/registration.md). */
import { randomBytes } from 'node:crypto'
import { base64 } from '@scure/base'
import { serverSessionKeys } from '#main/protocol/sealedApi.ts'
import type { Envelope } from '../api/http.ts'
import { Problem, type Reply } from '../api/problem.ts'
import type { Caller } from '../api/route.ts'
import type { Service, ServiceContext } from '../service.ts'
import type { Device } from '../storage/registrationStore.ts'
import { createDeviceSecrets } from './deviceSecrets.ts'
import { createDevices } from './devices.ts'
import { createEnvelope } from './envelope.ts'
import { createLastSeen } from './lastSeen.ts'
import type { Parts } from './parts.ts'
import { createLimits } from './rates.ts'
import { registrationRoutes, type Handlers } from './routes.ts'
import { toTime } from './schemas.ts'
import { createSessions, newSessionId } from './sessions.ts'

export interface RegistrationOptions extends ServiceContext {
  /** Serve the plain scheme of seed 000 too. */
  compatOmni: boolean
}

export function createRegistration(options: RegistrationOptions): Service & { envelope: Envelope } {
  const { db, clock, logger, primitives, masterKey, quotas, compatOmni } = options
  const parts: Parts = {
    ...{ clock, primitives, compatOmni, limits: createLimits(quotas.device), sessions: createSessions(), lastSeen: createLastSeen() },
    devices: createDevices(db, createDeviceSecrets(masterKey), primitives),
  }
  const { devices, sessions, lastSeen } = parts
  const tidy = (): void => {
    try {
      lastSeen.flush(devices.noteSeen)
      devices.sweep(clock.now())
    } catch (error) {
      logger.warn('registration.sweep-failed', { error: error instanceof Error ? error.name : 'unknown' }) // again in a minute
    }
  }
  return {
    envelope: createEnvelope(parts),
    routes: registrationRoutes(handlersOf(parts)),
    sweep() {
      sessions.sweep(clock.now())
      tidy()
    },
    close: async () => tidy(),
  }
}

function handlersOf(parts: Parts): Handlers {
  const { clock, limits, devices, sessions, lastSeen } = parts
  const deviceOf = ({ clientId }: Caller): Device => {
    const device = clientId === null ? null : devices.find(clientId)
    if (device === null) throw new Problem('unauthorized', 'this takes sealed requests of a registered device')
    return device
  }
  const ok = (body: unknown): Reply => ({ status: 200, body })
  return {
    begin(clientId, { address }) {
      limits.register.take(address, clock.now())
      return ok({ server_public_key: base64.encode(devices.begin(clientId, clock.now())) })
    },
    complete(clientId, key, { address }) {
      limits.register.take(address, clock.now())
      return ok({ api_key: devices.complete(clientId, key, clock.now()), registered: true })
    },
    openSession(clientId, ephemeral, { address, headers }) {
      limits.session.take(address, clock.now())
      const apiKey = /^Bearer ([\w-]{1,128})$/i.exec(headers.authorization ?? '')?.[1] ?? ''
      const device = devices.authenticate(clientId, apiKey)
      limits.sessionOfDevice.take(clientId, clock.now())
      return ok(openSession(parts, device, ephemeral))
    },
    show(caller) {
      const { clientId, registeredAt, lastSeen: written } = deviceOf(caller)
      const seen = Math.max(written, lastSeen.of(clientId) ?? 0)
      return ok({ client_id: clientId, registered_at: toTime(registeredAt), last_seen: toTime(seen) })
    },
    remove(caller) {
      const { clientId } = deviceOf(caller)
      devices.remove(clientId)
      sessions.drop(clientId)
      lastSeen.forget(clientId)
      return ok({ client_id: clientId, registered: false })
    },
  }
}

function openSession({ clock, primitives, devices, sessions, lastSeen }: Parts, device: Device, ephemeral: Uint8Array) {
  const { clientId, clientKey: staticKey } = device
  const own = { staticSecret: devices.secretOf(device), ephemeralSecret: new Uint8Array(randomBytes(32)) }
  try {
    const keys = serverSessionKeys(primitives, own, { clientId, staticKey, ephemeral })
    const id = newSessionId()
    sessions.open(clientId, id, keys, clock.now())
    lastSeen.note(clientId, clock.now())
    return { session_id: id, ephemeral: base64.encode(primitives.x25519.publicKey(own.ephemeralSecret)) }
  } catch {
    throw new Problem('invalid', 'body.ephemeral is no key to agree with')
  } finally {
    own.staticSecret.fill(0)
    own.ephemeralSecret.fill(0)
  }
}
