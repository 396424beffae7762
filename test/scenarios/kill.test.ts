import { describe, expect, it } from 'vitest'
import { enumerate, nameOf, textOf } from './kill/enumerate.ts'
import { sample } from './kill/sample.ts'
import { scenarios } from './kill/scenarios.ts'

/** Less than a minute on two cores; a slower machine tries fewer points, of every series in turn, and at least one of each. */
const most = 60
const budgetMs = 35_000
const seed = Number(process.env['CAIRN_KILL_SEED'] ?? Math.random())

describe('killing apps and relays', () => {
  it('loses, doubles and holds up nothing', { timeout: 600_000 }, async () => {
    const { recorded, outcomes } = await enumerate({
      ...{ lanes: 3, speed: 10, patienceMs: 90_000, budgetMs },
      pick: (all) => sample(all, most, seed),
    })
    const tried = outcomes.filter(({ killed }) => killed)
    process.stdout.write(`kill points: ${tried.length} tried of ${recorded.length} recorded (CAIRN_KILL_SEED=${seed})\n`)
    const faults = outcomes.filter(({ fault }) => fault !== null)
    expect(faults.map((outcome) => `${nameOf(outcome)}, killed ${textOf(outcome.at)}: ${outcome.fault ?? ''}`)).toEqual([])
    expect(new Set(recorded.map(nameOf)).size).toBe(scenarios.flatMap(({ victims }) => victims).length)
    for (const name of new Set(recorded.map(nameOf))) {
      expect([name, tried.some((outcome) => nameOf(outcome) === name)]).toEqual([name, true])
    }
  })
})
