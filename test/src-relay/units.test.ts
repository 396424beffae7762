import { describe, expect, it } from 'vitest'
import { addressGroup, createAddressCounts } from '#relay/addressCounts.ts'
import { fullBucket, take } from '#relay/tokenBucket.ts'
import { createOwnRvs, createWatchers } from '#relay/watchers.ts'

describe('token bucket', () => {
  const rate = { perSecond: 125, burst: 250 } // a token every 8 ms

  it('gives a burst, then its rate, and says how long to wait', () => {
    const bucket = fullBucket(rate, 1000)
    expect(take(bucket, rate, 250, 1000)).toBe(0)
    expect(take(bucket, rate, 1, 1000)).toBe(8)
    expect(take(bucket, rate, 1, 1004)).toBe(4)
    expect(take(bucket, rate, 1, 1008)).toBe(0)
    expect(take(bucket, rate, 250, 1_000_000)).toBe(0)
    expect(take(bucket, rate, 1, 1_000_000)).toBe(8)
  })

  it('takes nothing when it refuses, and is not fooled by a clock set back', () => {
    const bucket = fullBucket(rate, 1000)
    expect(take(bucket, rate, 251, 1000)).toBe(8)
    expect(take(bucket, rate, 250, 1000)).toBe(0)
    expect(take(bucket, rate, 1, 0)).toBe(8)
    expect(take(bucket, rate, 1, 8)).toBe(0)
  })
})

describe('addresses', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['', ''],
  ])('%s counts as %s', (address, group) => {
    expect(addressGroup(address)).toBe(group)
  })

  it('counts what is there, and releases once', () => {
    const counts = createAddressCounts()
    const release = counts.add('2001:db8::1')
    counts.add('2001:db8::2')
    expect(counts.count('2001:db8::3')).toBe(2)
    release()
    release()
    expect(counts.count('2001:db8::3')).toBe(1)
  })
})

describe('watchers', () => {
  it('finds every watcher of an RV, one or many, and forgets who left', () => {
    const watchers = createWatchers<{ name: string }>()
    const [a, b, c] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
    const of = (rv: string): string[] => {
      const names: string[] = []
      watchers.forEach(rv, ({ name }) => names.push(name))
      return names
    }
    watchers.add('x', a)
    watchers.add('x', a)
    expect(of('x')).toEqual(['a'])
    watchers.add('x', b)
    watchers.add('x', c)
    watchers.add('x', b)
    expect(of('x')).toEqual(['a', 'b', 'c'])
    watchers.remove('x', b)
    watchers.remove('x', b)
    expect(of('x')).toEqual(['a', 'c'])
    watchers.remove('x', a)
    watchers.remove('x', c)
    expect(of('x')).toEqual([])
    expect(watchers.size()).toBe(0)
    watchers.remove('never', a)
  })

  it('a session leaves all it watched, also what it left and took again, and nothing of others', () => {
    const watchers = createWatchers<{ name: string }>()
    const [a, b] = [{ name: 'a' }, { name: 'b' }]
    const [ofA, ofB] = [createOwnRvs(watchers, a), createOwnRvs(watchers, b)]
    for (let i = 0; i < 1000; i++) {
      ofA.watch(`rv ${i}`)
      if (i % 10 === 0) ofB.watch(`rv ${i}`)
    }
    for (let i = 0; i < 990; i++) ofA.leave(`rv ${i}`)
    for (let i = 0; i < 20; i++) ofA.watch(`rv ${i}`)
    for (let i = 0; i < 20; i++) ofA.watch(`rv ${i}`)
    expect(ofA.size()).toBe(30)
    expect([ofA.has('rv 5'), ofA.has('rv 500'), ofA.has('rv 995')]).toEqual([true, false, true])
    ofA.leaveAll()
    expect([ofA.size(), ofA.has('rv 5'), ofB.size(), watchers.size()]).toEqual([0, false, 100, 100])
    ofB.leaveAll()
    expect(watchers.size()).toBe(0)
  })
})
