import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { contract } from '#shared/contract/contract.ts'
import { uuidV7 } from '../../../src-renderer/lib/uuid.ts'

describe('uuidV7', () => {
  test('matches the example of RFC 9562, appendix A.6', () => {
    const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f])
    expect(uuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
  })

  test('is what the contract takes as a message id, whatever the random bytes are', () => {
    for (const fill of [0x00, 0x5a, 0xa5, 0xff]) {
      const input = { id: 'a'.repeat(64), messageId: uuidV7(1_779_372_600_000, new Uint8Array(10).fill(fill)), text: 'x' }
      expect(v.safeParse(contract['conversations.send'].input, input).success).toBe(true)
    }
  })

  test('later ids sort after earlier ones', () => {
    const random = new Uint8Array(10).fill(0xff)
    expect(uuidV7(1000, random) < uuidV7(1001, new Uint8Array(10))).toBe(true)
  })
})
