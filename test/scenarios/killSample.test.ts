import { describe, expect, it } from 'vitest'
import type { Task } from './kill/enumerate.ts'
import { sample } from './kill/sample.ts'
import { scenarios } from './kill/scenarios.ts'

const [scenario] = scenarios
const tasks = (victim: Task['victim'], count: number): Task[] =>
  scenario === undefined
    ? []
    : Array.from({ length: count }, (_, n) => ({ scenario, victim, at: { name: 'commit', nth: n + 1, when: 'before' } }))
const recorded = [...tasks('alice', 100), ...tasks('bob', 4), ...tasks('relay', 50)]
const numbers = (picked: Task[], victim: string) =>
  picked
    .filter((task) => task.victim === victim)
    .map(({ at }) => at.nth)
    .toSorted((a, b) => a - b)

describe('a sample of kill points', () => {
  it('has every point of the smallest series and spreads the rest evenly', () => {
    const picked = sample(recorded, 24, 0)
    expect(numbers(picked, 'bob')).toEqual([1, 2, 3, 4])
    expect(numbers(picked, 'relay')).toEqual([1, 6, 11, 16, 21, 26, 31, 36, 41, 46])
    expect(numbers(picked, 'alice')).toEqual([1, 11, 21, 31, 41, 51, 61, 71, 81, 91])
    expect(new Set(picked.slice(0, 3).map(({ victim }) => victim)).size).toBe(3)
  })

  it('jumps to and fro, so that a run that is cut short has seen early points and late ones', () => {
    const first = sample(recorded, Infinity, 0.3)
      .filter(({ victim }) => victim === 'alice')
      .slice(0, 8)
      .map(({ at }) => Math.floor((at.nth - 1) / 25))
    expect(new Set(first)).toEqual(new Set([0, 1, 2, 3]))
  })

  it('has everything when there is room', () => {
    expect(new Set(sample(recorded, Infinity, 0.5))).toEqual(new Set(recorded))
  })

  it('tries other points with another seed, and all of them in the end', () => {
    const seeds = Array.from({ length: 10 }, (_, n) => (n + 0.5) / 10)
    expect(new Set(seeds.flatMap((seed) => numbers(sample(recorded, 24, seed), 'alice'))).size).toBe(100)
    expect(sample(recorded, 24, 0.999).every(Boolean)).toBe(true)
  })
})
