import { contract, type Client, type Method } from '#shared/contract/contract.ts'
import { CairnError, errorCodes, type ErrorCode } from '#shared/errors.ts'
import type { Bridge } from './bridge.ts'

/** Words exist for known codes only; whatever else arrives is an inner fault. */
const knownCode = (code: string): ErrorCode => (Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'internal')

/** The typed client: one function for each method of the contract. A refused call throws a `CairnError`. */
export function createClient(bridge: Bridge): Client {
  const ask = (method: Method) => async (input: unknown) => {
    const answer = await bridge.call(method, input)
    if (answer.ok) return answer.value
    throw new CairnError(knownCode(answer.error.code), { details: answer.error.details })
  }
  return Object.fromEntries((Object.keys(contract) as Method[]).map((method) => [method, ask(method)])) as unknown as Client
}
