/** From a name and an untrusted value to a handler's answer: the one place where calls are parsed and errors get their code. */
import * as v from 'valibot'
import { contract, type Handlers, type Method } from '#shared/contract/contract.ts'
import type { Answer } from '#shared/contract/events.ts'
import { CairnError } from '#shared/errors.ts'
import { describeError } from './errorFacts.ts'
import type { Logger } from './ports.ts'

export type Dispatch = (method: string, input: unknown) => Promise<Answer<unknown>>

/**
 * A call of `method` with `input`. The answer is always one of: the handler's value; `method.unknown`; `input.invalid` with the
 * `path` of the first fault; the code and details of a `CairnError` the handler threw; `internal` for anything else, which is logged by
 * its name and place only, because a foreign message may quote what it choked on.
 */
export const createDispatcher =
  (handlers: Partial<Handlers>, { logger }: { logger: Logger }): Dispatch =>
  async (method, input) => {
    if (!isMethod(method)) return refusal('method.unknown')
    const parsed = v.safeParse(contract[method].input, input, { abortEarly: true })
    if (!parsed.success) return refusal('input.invalid', { path: pathOf(parsed.issues[0]) })
    try {
      const handler = handlers[method] as ((input: unknown) => unknown) | undefined
      if (!handler) return refusal('method.unknown')
      return { ok: true, value: await handler(parsed.output) }
    } catch (error) {
      if (error instanceof CairnError) return refusal(error.code, error.details)
      logger.warn('dispatcher.failed', { method, ...describeError(error) })
      return refusal('internal')
    }
  }

/** Own properties only: `__proto__` and `constructor` are not methods. */
const isMethod = (method: string): method is Method => Object.hasOwn(contract, method)

const refusal = (code: CairnError['code'], details: CairnError['details'] = {}): Answer<never> => ({
  ok: false,
  error: { code, details: { ...details } },
})

/** Dotted keys down to the fault. A key the schema does not know is the caller's text, so its parent is named instead. */
function pathOf(issue: v.BaseIssue<unknown>): string {
  const keys = (issue.path ?? []).map((item) => String(item.key))
  return (issue.expected === 'never' ? keys.slice(0, -1) : keys).join('.')
}
