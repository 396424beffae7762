/** Signatures count once, for ten minutes around their time, and at the relay they name. */
import { Problem } from '../api/problem.ts'
import type { DirectoryStore } from '../storage/directoryStore.ts'
import { fromHex } from './keys.ts'
import { directoryLimits } from './limits.ts'

export interface SignedCircumstances {
  /** Unix milliseconds. */
  time: number
  /** Hex. */
  nonce: string
  /** As the signer calls the relay: `host` or `host:port`. */
  relay: string
  /** As the request calls it. */
  host: string | undefined
}

export interface Freshness {
  /** Takes the nonce, in the caller's transaction. @throws Problem `unauthorized` saying what does not fit */
  check(user: number, circumstances: SignedCircumstances, now: number): void
}

const bareHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^(\[.*\]|[^:]*):\d+$/, '$1')
    .replace(/^\[(.*)\]$/, '$1')

/**
 * Whoever passes a request on chooses its Host header: only a relay that knows its own name (`publicHost`) can tell that what it gets
 * was signed for another.
 */
const isForHere = ({ relay, host }: SignedCircumstances, publicHost: string | null): boolean =>
  host !== undefined && relay.toLowerCase() === host.toLowerCase() && (publicHost === null || bareHost(relay) === bareHost(publicHost))

export function createFreshness(store: DirectoryStore, publicHost: string | null): Freshness {
  return {
    check(user, circumstances, now) {
      const { time, nonce } = circumstances
      if (Math.abs(now - time) > directoryLimits.skewMs)
        throw new Problem('unauthorized', 'the signed time is more than ten minutes from the clock of this relay')
      if (!isForHere(circumstances, publicHost)) throw new Problem('unauthorized', 'this was signed for another relay')
      // durable, and kept until the time alone has it refused: a restart forgets nothing
      if (!store.takeNonce(user, fromHex(nonce), time + directoryLimits.skewMs + 1))
        throw new Problem('unauthorized', 'this nonce was used before')
    },
  }
}
