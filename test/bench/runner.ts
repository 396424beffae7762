/** Takes ours and the peer's in turn, A B A B…, so that whatever else the machine does meets both; answers with medians. */

/** One line of the bench. */
export interface BenchRow {
  bench: string
  case: string
  metric: string
  unit: string
  value: number
  /** What ours is held against, and its figure in the same run. */
  peer: string
  peerValue: number
  /** Above 1: ours is ahead. */
  ratio: number
  /** The ratio aimed for; null where the figure is only shown. */
  target: number | null
  met: boolean | null
}

/** A thing to measure: `ours` and `peer` each run one round and answer with a figure in `unit`. */
export interface Contest {
  case: string
  metric: string
  unit: string
  better: 'more' | 'less'
  peer: string
  target: number | null
  rounds: number
  warmUps: number
  runOurs(): Promise<number> | number
  runPeer(): Promise<number> | number
}

/** One bench: yields contests one by one and cleans up after the last. */
export interface Bench {
  name: string
  contests(): AsyncIterable<Contest>
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  if (low === undefined || high === undefined) throw new RangeError('no values, no median')
  return (low + high) / 2
}

/** The smallest value that so many of all, a share from 0 to 1, are not above. */
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? NaN

/** Four digits are more than any machine repeats. */
const rounded = (value: number): number => Number(value.toPrecision(4))

export async function runContest(bench: string, contest: Contest): Promise<BenchRow> {
  const { better, peer, target, metric, unit } = contest
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = -contest.warmUps; round < contest.rounds; round++) {
    const [our, their] = [await contest.runOurs(), await contest.runPeer()]
    if (round < 0) continue
    ours.push(our)
    theirs.push(their)
  }
  const [value, peerValue] = [median(ours), median(theirs)]
  const ratio = better === 'more' ? value / peerValue : peerValue / value
  return {
    ...{ bench, case: contest.case, metric, unit, value: rounded(value), peer, peerValue: rounded(peerValue) },
    ...{ ratio: rounded(ratio), target, met: target === null ? null : ratio >= target },
  }
}

export async function* runBench(bench: Bench): AsyncGenerator<BenchRow> {
  for await (const contest of bench.contests()) yield await runContest(bench.name, contest)
}

/** A line for people. */
export function describeRow(row: BenchRow): string {
  const figure = (value: number) => `${value >= 1000 ? Math.round(value).toLocaleString('en') : value} ${row.unit}`
  const goal = row.target === null ? '' : `${row.met === true ? 'met' : 'missed'} (≥ ${row.target})`
  const name = `${row.bench} ${row.case}`.padEnd(34)
  const against = `${row.peer}: ${figure(row.peerValue)}`.padEnd(44)
  return `${name} ${figure(row.value).padStart(18)}   ${against} ×${row.ratio.toFixed(2).padEnd(6)} ${goal}`.trimEnd()
}
