/**
 * Kills apps and relays at every recorded point:
 *
 *     npm run kill -- [--only scenario/victim] [--at "before commit 3"] [--points N] [--seed 0.5] [--lanes 3] [--speed 10] [--patience 60]
 *
 * Exits with 1 when anything was lost, doubled, out of order or stuck.
 */
import { parseArgs } from 'node:util'
import { enumerate, nameOf, type Outcome, type Task, textOf } from './enumerate.ts'
import { sample } from './sample.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    at: { type: 'string' },
    points: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Math.random()) },
    lanes: { type: 'string', default: '3' },
    speed: { type: 'string', default: '10' },
    patience: { type: 'string', default: '60' },
  },
})

/** Worth a look: something was mended by a timer of minutes. */
const slowMs = 12_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const isWanted = ({ at }: Task): boolean => values.at === undefined || textOf(at) === values.at

/** Counts by a name, most first. */
const tally = (names: readonly string[]): string =>
  Object.entries(Object.groupBy(names, (name) => name))
    .map(([name, all = []]) => [name, all.length] as const)
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} × ${count}`)
    .join(', ')

function tell(outcomes: readonly Outcome[]): void {
  for (const [name, group = []] of Object.entries(Object.groupBy(outcomes, nameOf))) {
    const times = group.map(({ ms }) => ms).toSorted((a, b) => a - b)
    const bad = group.filter(({ fault }) => fault !== null).length
    const missed = group.filter(({ killed }) => !killed).length
    const median = times[times.length >> 1] ?? 0
    say(`${name}: ${group.length} tried, ${bad} failed, ${missed} not reached; median ${median} ms, longest ${times.at(-1) ?? 0} ms`)
    const counted = tally(group.flatMap(({ noticed }) => noticed.map((line) => line.replace(/ \d+$/, ''))))
    if (counted !== '') say(`    counted: ${counted}`)
  }
}

let tried = 0
const began = performance.now()
say(`seed ${values.seed}`)
const { recorded, outcomes } = await enumerate({
  lanes: Number(values.lanes),
  speed: Number(values.speed),
  patienceMs: Number(values.patience) * 1000,
  wanted: (series) => nameOf(series).startsWith(values.only),
  pick: (all) => sample(all.filter(isWanted), Number(values.points), Number(values.seed)),
  onRecorded: (series, points, ms) =>
    say(`${nameOf(series)}: ${points.length} points in ${ms} ms: ${tally(points.map(({ name }) => name))}`),
  onOutcome: (outcome) => {
    tried += 1
    if (tried % 100 === 0) say(`${tried} tried`)
    if (outcome.fault !== null) say(`FAILED ${nameOf(outcome)}, killed ${textOf(outcome.at)}: ${outcome.fault}`)
    else if (outcome.ms > slowMs) say(`slow: ${nameOf(outcome)}, killed ${textOf(outcome.at)}: ${outcome.ms} ms`)
  },
})
tell(outcomes)
const failed = outcomes.filter(({ fault }) => fault !== null)
const missed = outcomes.filter(({ killed }) => !killed)
say(`${failed.length} failed, ${missed.length} not reached, ${Math.round((performance.now() - began) / 1000)} s`)
say(`kill points: ${outcomes.length - missed.length} tried of ${recorded.length} recorded`)
process.exitCode = failed.length > 0 ? 1 : 0
