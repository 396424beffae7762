import { CairnError } from '#shared/errors.ts'
import { wireLimits } from '#shared/wire/limits.ts'

const { hashBytes } = wireLimits
const pattern = /^[0-9a-f]{64}$/

export const hexOf = (rv: Uint8Array): string => Buffer.from(rv.buffer, rv.byteOffset, rv.byteLength).toString('hex')

/** RV after RV. Throws `input.invalid` for what is not 32 bytes in lower-case hex. */
export const bytesOfRvs = (rvs: readonly string[]): Uint8Array => {
  const bytes = Buffer.alloc(rvs.length * hashBytes)
  rvs.forEach((rv, i) => {
    if (!pattern.test(rv)) throw new CairnError('input.invalid', { details: { what: 'rv' } })
    bytes.write(rv, i * hashBytes, 'hex')
  })
  return bytes
}
