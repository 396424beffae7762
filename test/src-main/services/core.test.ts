/** Transactions of the services, over a real keystore file. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Ports } from '#main/ports.ts'
import { generateIdentity } from '#main/protocol/identity.ts'
import { createCore, type Core } from '#main/services/core.ts'
import { createKeystore } from '#main/storage/keystore.ts'
import type { Database } from '#main/storage/database.ts'
import { createWrapPorts, random, temporaryFolder } from '#test/support/profileFolder.ts'
import { node as primitives } from '#test/support/providers.ts'

let folder: ReturnType<typeof temporaryFolder>
let db: Database
let core: Core
let warnings: string[]
let reloads: number
let timers: (() => void)[]

beforeEach(async () => {
  folder = temporaryFolder()
  db = await createKeystore({ dir: folder.path, passphrase: 'correct horse battery', ...(await createWrapPorts()) })
  const identity = generateIdentity({ primitives, random, now: 1 }, 'Ada')
  const logger = { info: () => undefined, error: () => undefined, warn: (name: string) => void warnings.push(name) }
  timers = []
  const clock = {
    now: () => 1,
    after(_: number, task: () => void) {
      timers.push(task)
      return () => void (timers = timers.filter((other) => other !== task))
    },
  }
  core = createCore({ logger, clock, random, primitives } as unknown as Ports, db, identity, () => undefined)
  warnings = []
  reloads = 0
  core.onRollback(() => void reloads++)
})
afterEach(() => {
  core.close()
  folder.remove()
})

const set = (key: string) => core.stores.profile.setMeta(key, 'here')
const has = (key: string) => core.stores.profile.meta(key) !== null
const failing = (key: string) => () => {
  set(key)
  throw new Error('no')
}

describe('atEnd', () => {
  test('runs once for a key, after the work and within its transaction', () => {
    const order: string[] = []
    core.commit(() => {
      core.atEnd('a', () => order.push('a, first'))
      core.commit(() => core.atEnd('a', () => order.push('a')))
      core.later(() => order.push('committed'))
      order.push('work')
    })
    expect(order).toEqual(['work', 'a', 'committed'])
  })

  test('what a task asks for runs too, in the same transaction', () => {
    const order: string[] = []
    core.commit(() => {
      core.later(() => order.push('committed'))
      core.atEnd('a', () => core.atEnd('b', () => order.push('b')))
    })
    expect(order).toEqual(['b', 'committed'])
  })

  test('a failure undoes the task alone, is logged, and what is cached is read again', () => {
    core.commit(() => {
      core.atEnd('a', failing('task'))
      core.atEnd('b', () => set('other'))
      set('work')
    })
    expect([has('work'), has('task'), has('other')]).toEqual([true, false, true])
    expect([warnings, reloads]).toEqual([['app.ending-failed'], 1])
  })

  test('is dropped with a transaction that fails', () => {
    const ran: string[] = []
    const work = () => {
      core.atEnd('a', () => ran.push('a'))
      failing('work')()
    }
    expect(() => core.commit(work)).toThrow('no')
    core.commit(() => undefined)
    expect([ran, has('work'), reloads]).toEqual([[], false, 1])
  })

  test('outside a transaction, and in a task for after one, it runs at once in one of its own', () => {
    core.atEnd('a', () => set('alone'))
    core.commit(() => {
      core.later(() => {
        core.atEnd('b', () => set('after'))
        expect(has('after')).toBe(true)
      })
    })
    expect([has('alone'), has('after')]).toEqual([true, true])
  })
})

test('a transaction that fails in a task for after another one reads the caches again', () => {
  core.commit(() => core.later(() => core.commit(failing('later'))))
  expect([has('later'), reloads, warnings]).toEqual([false, 1, ['app.later-failed']])
})

test('what can wait runs a few steps at a time, and no further once the profile is closed', () => {
  let count = 0
  function* steps(): Generator<void> {
    for (; ; count++) yield
  }
  core.inSlices(steps())
  const first = count
  expect(first).toBeGreaterThan(0)
  expect(timers).toHaveLength(1)
  timers.shift()?.()
  expect(count).toBeGreaterThan(first)
  core.close()
  expect(timers).toHaveLength(0)
})

test('few steps are done at once', () => {
  const done: number[] = []
  core.inSlices(
    (function* () {
      done.push(1)
      yield
      done.push(2)
    })(),
  )
  expect([done, timers.length]).toEqual([[1, 2], 0])
})
