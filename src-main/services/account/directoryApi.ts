/** Users of a relay's directory over HTTP: become one, find one, go (docs/services/directory.md). */
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { normalCode, typedCode } from '#shared/wire/userCode.ts'
import type { Ports } from '../../ports.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import { signValue } from '../../protocol/directory.ts'
import type { DirectoryUser } from '../../storage/accountStore.ts'
import { refusal, type Reply, type SealedApi } from './sealedApi.ts'

/** Somebody in a directory, as the relay says. */
export interface Found {
  code: string
  name: string | null
  ecdh: Uint8Array
  eddsa: Uint8Array
}

const key = v.pipe(
  v.string(),
  v.regex(/^[0-9a-fA-F]{64}$/),
  v.transform((text) => unhex(text.toLowerCase())),
)
const code = v.pipe(v.string(), v.regex(typedCode), v.transform(normalCode))
const userForm = v.object({ code, name: v.nullable(v.pipe(v.string(), v.maxLength(256))), ecdh_public_key: key, eddsa_public_key: key })

export type DirectoryApi = ReturnType<typeof createDirectoryApi>

export function createDirectoryApi(ports: Pick<Ports, 'transport' | 'primitives' | 'random' | 'clock'>, api: SealedApi) {
  const { primitives, random, clock } = ports

  /** Keys are made for this user alone. Errors: `account.invitation` and those of `ask`. */
  async function register(relay: string, invitation?: string): Promise<Pick<DirectoryUser, 'relay' | 'code' | 'eddsa' | 'ecdh'>> {
    const [eddsa, ecdh] = [random(32), random(32)]
    const keys = {
      ecdh_public_key: hex(primitives.x25519.publicKey(ecdh)),
      eddsa_public_key: hex(primitives.ed25519.publicKey(eddsa)),
    }
    const body = invitation === undefined ? keys : { ...keys, invitation }
    const reply = await api.ask(relay, { method: 'POST', target: '/users', body })
    const isMalformed = reply.status === 400 && invitation !== undefined // the keys are not
    if (reply.status === 403 || isMalformed) throw new CairnError('account.invitation')
    return { relay, code: userIn(reply, 201).code, eddsa, ecdh }
  }

  /** Errors: `code.unknown` and those of `ask`. */
  async function find(relay: string, wanted: string): Promise<Found> {
    const reply = await api.ask(relay, { method: 'GET', target: `/users/${wanted}` })
    if (reply.status === 404) throw new CairnError('code.unknown')
    const { code, name, ecdh_public_key: ecdh, eddsa_public_key: eddsa } = userIn(reply, 200)
    if (code !== wanted) throw new CairnError('relay.refused')
    return { code, name, ecdh, eddsa }
  }

  /** Also what stands on it: an account. One that is gone already is gone. */
  async function remove({ relay, code, eddsa }: Pick<DirectoryUser, 'relay' | 'code' | 'eddsa'>): Promise<void> {
    const [method, target, time, nonce] = ['DELETE', '/users/me', clock.now(), hex(random(16))] as const
    const signed = { method, target, body: null, time, nonce, relay: ports.transport.services.hostOf(relay) }
    const headers = {
      ...{ 'x-cairn-user': code, 'x-cairn-time': String(time), 'x-cairn-nonce': nonce },
      'x-cairn-signature': hex(signValue(primitives, eddsa, signed)),
    }
    const reply = await api.ask(relay, { method, target, headers })
    if (reply.status === 204 || (reply.status === 401 && (await isGone(relay, code)))) return
    throw refusal(reply.status, reply.body, reply.headers)
  }

  /** A relay says the same to who is unknown and to whose clock is wrong. */
  async function isGone(relay: string, code: string): Promise<boolean> {
    const reply = await api.ask(relay, { method: 'GET', target: `/users/${code}` })
    return reply.status === 404
  }

  return { register, find, remove }
}

function userIn(reply: Reply, status: number): v.InferOutput<typeof userForm> {
  if (reply.status !== status) throw refusal(reply.status, reply.body, reply.headers)
  const parsed = v.safeParse(userForm, reply.body)
  if (!parsed.success) throw new CairnError('account.no-service')
  return parsed.output
}
