/**
 * HTTP requests that a user signs with its account key: `x-cairn-user`, `x-cairn-time` (ms), `x-cairn-nonce` (16 bytes, hex) and
 * `x-cairn-signature`, hex Ed25519 over the RFC 8785 bytes of `{method, target, body, time, nonce, relay}`; body is null where there
 * is none, relay the Host header.
 */
import * as v from 'valibot'
import { Problem } from '../api/problem.ts'
import { createRateTable } from '../api/rateTable.ts'
import type { Caller, Route } from '../api/route.ts'
import type { Clock } from '../ports.ts'
import type { User, UserStore } from '../storage/userStore.ts'
import { normalCode } from '#shared/wire/userCode.ts'
import { codeSchema } from './codes.ts'
import type { Freshness } from './freshness.ts'
import { canonicalBytes } from './json.ts'
import { isSignedByUser } from './keys.ts'
import { directoryLimits } from './limits.ts'

export interface SignedRequest {
  method: Route['method']
  /** Path and query as asked. */
  target: string
  /** The JSON value as sent, not as a schema has changed it. */
  body: unknown
  caller: Caller
}

export interface SignedRequests {
  /**
   * Who signed it; takes the nonce, so call it in the transaction of what it asks for.
   * @throws Problem `unauthorized`, the same for a wrong signature and for nobody; `too-many-requests`
   */
  authenticate(request: SignedRequest): User
}

const headersSchema = v.object({
  'x-cairn-user': codeSchema,
  'x-cairn-time': v.pipe(v.string(), v.regex(/^\d{1,15}$/)),
  'x-cairn-nonce': v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/i)),
  'x-cairn-signature': v.pipe(v.string(), v.regex(/^[0-9a-f]{128}$/i)),
  host: v.pipe(v.string(), v.maxLength(255)),
})

export function createSignedRequests(options: { users: UserStore; freshness: Freshness; clock: Clock }): SignedRequests {
  const { users, freshness, clock } = options
  const byAddress = createRateTable(directoryLimits.signedRequests)
  return {
    authenticate({ method, target, body, caller }) {
      const now = clock.now()
      byAddress.take(caller.address, now)
      const headers = v.safeParse(headersSchema, caller.headers)
      if (!headers.success) throw new Problem('unauthorized', 'this takes x-cairn-user, x-cairn-time, x-cairn-nonce and x-cairn-signature')
      const { 'x-cairn-user': code, 'x-cairn-nonce': nonce, 'x-cairn-signature': signature, host } = headers.output
      const time = Number(headers.output['x-cairn-time'])
      const user = users.byCode(normalCode(code))
      const signed = canonicalBytes({ method, target, body: body ?? null, time, nonce, relay: host })
      if (!isSignedByUser(user, signed, signature) || user === null)
        throw new Problem('unauthorized', 'this is not signed by that user, for this relay')
      freshness.check(user.id, { time, nonce, relay: host, host }, now)
      return user
    },
  }
}
