/** Acknowledgements of one turn of the event loop leave together, in as few frames as hold them. */
import { CairnError } from '#shared/errors.ts'
import type { AckOutcome } from '#shared/wire/frames.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import { bytesOfRvs } from './rvBytes.ts'

interface Group {
  left: number
  refused: number
  resolve: () => void
  reject: (error: unknown) => void
}

interface Item {
  bytes: Uint8Array
  group: Group
}

export interface AckItem {
  rv: string
  deleteKey: Uint8Array
}

const { hashBytes, rvsPerFrame } = wireLimits
const itemBytes = 2 * hashBytes

const encodeItem = ({ rv, deleteKey }: AckItem): Uint8Array => {
  if (deleteKey.length !== hashBytes) throw new CairnError('input.invalid', { details: { what: 'deleteKey' } })
  const bytes = new Uint8Array(itemBytes)
  bytes.set(bytesOfRvs([rv]))
  bytes.set(deleteKey, hashBytes)
  return bytes
}

/** `send` carries (RV ‖ d) after (RV ‖ d) to the relay and answers for each. */
export const createAckBatch = (send: (items: Uint8Array, count: number) => Promise<AckOutcome[]>) => {
  let waiting: Item[] = []

  const flushChunk = async (items: Item[]): Promise<void> => {
    const bytes = new Uint8Array(items.length * itemBytes)
    items.forEach((item, i) => bytes.set(item.bytes, i * itemBytes))
    try {
      const results = await send(bytes, items.length)
      items.forEach(({ group }, i) => settle(group, results[i] ?? 'refused'))
    } catch (error) {
      for (const { group } of items) group.reject(error)
    }
  }

  const settle = (group: Group, result: AckOutcome): void => {
    group.left -= 1
    if (result === 'refused') group.refused += 1
    if (group.left > 0) return
    if (group.refused === 0) group.resolve()
    else group.reject(new CairnError('relay.refused', { details: { refused: group.refused } }))
  }

  const flush = (): void => {
    const items = waiting
    waiting = []
    for (let i = 0; i < items.length; i += rvsPerFrame) void flushChunk(items.slice(i, i + rvsPerFrame))
  }

  return {
    /** Resolves when the relay has dropped all of them, or never had them; `relay.refused` if a delete key does not open its hash. */
    add: async (items: readonly AckItem[]): Promise<void> => {
      const encoded = items.map(encodeItem)
      if (encoded.length === 0) return
      await new Promise<void>((resolve, reject) => {
        const group: Group = { left: encoded.length, refused: 0, resolve, reject }
        if (waiting.length === 0) setImmediate(flush)
        for (const bytes of encoded) waiting.push({ bytes, group })
      })
    },
  }
}
