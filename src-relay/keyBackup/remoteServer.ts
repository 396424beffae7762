/** The key server's question to a server that is another process. */
import * as v from 'valibot'
import { Problem } from '../api/problem.ts'
import type { Logger } from '../ports.ts'
import { token, type Validate } from './forms.ts'

const answerForm = v.strictObject({ valid: v.literal(true), change: v.nullable(token) })
const answerMax = 4096
const patience = 10_000

const unavailable = () => new Problem('unavailable', 'the server that knows the accounts does not answer', { 'retry-after': '5' })

/** @throws Problem `unavailable` where the server cannot be asked; the token may be used up then, and another one is to be had */
export function askServer(serverUrl: string, keyServerToken: string, logger: Logger): Validate {
  const url = `${serverUrl.replace(/\/+$/, '')}/keyserver/user/validate`
  return async (userID, accessToken, operation) => {
    const failed = (why: string): Problem => {
      logger.warn('keyserver.server-unavailable', { why })
      return unavailable()
    }
    const response = await fetch(url, {
      ...{ method: 'POST', redirect: 'error', signal: AbortSignal.timeout(patience) },
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keyServerToken}` },
      body: JSON.stringify({ userID, accessToken, operation }),
    }).catch(() => {
      throw failed('unreachable')
    })
    if (response.status === 403) {
      await response.body?.cancel()
      return null
    }
    if (response.status !== 200 || Number(response.headers.get('content-length') ?? Infinity) > answerMax) {
      await response.body?.cancel()
      throw failed(`status ${response.status}`)
    }
    const answer = v.safeParse(answerForm, await response.json().catch(() => null))
    if (!answer.success) throw failed('malformed')
    return { change: answer.output.change === null ? null : Buffer.from(answer.output.change, 'hex') }
  }
}
