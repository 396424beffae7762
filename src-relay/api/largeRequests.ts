/**
 * Requests whose body or answer is megabytes lie in memory while they come and go, however slowly: a few at once, and fewer from one
 * address, so that nobody fills the memory by sending or reading slowly.
 */
import { createAddressCounts } from '../addressCounts.ts'
import { Problem } from './problem.ts'

export interface LargeRequests {
  /** The answer gives the place back. @throws Problem `too-many-requests` for an address, `unavailable` for all; then nothing is taken */
  take(address: string): () => void
}

export function createLargeRequests({ most = 32, perAddress = 4 } = {}): LargeRequests {
  const addresses = createAddressCounts()
  let taken = 0
  const refuse = (code: 'too-many-requests' | 'unavailable'): never => {
    throw new Problem(code, 'too many large requests at once; try again later', { 'retry-after': '5', connection: 'close' })
  }
  return {
    take(address) {
      if (addresses.count(address) >= perAddress) return refuse('too-many-requests')
      if (taken >= most) return refuse('unavailable')
      const release = addresses.add(address)
      let isHeld = true
      taken++
      return () => {
        if (!isHeld) return
        isHeld = false
        taken--
        release()
      }
    },
  }
}
