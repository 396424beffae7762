/** Which points to try when there is no time for all. */
import { nameOf, type Task } from './enumerate.ts'

/**
 * At most `most` of `recorded`: every point of the smallest series, and an even spread of the others. `seed`, from 0 to 1, shifts the
 * spread, so that many runs with different seeds try everything.
 */
export function sample(recorded: readonly Task[], most: number, seed: number): Task[] {
  const groups = Object.values(Object.groupBy(recorded, nameOf))
    .map((group) => group ?? [])
    .toSorted((a, b) => a.length - b.length)
  let left = most
  const picked = groups.map((group, n) => {
    const chosen = spread(group, Math.floor(left / (groups.length - n)), seed)
    left -= chosen.length
    return toAndFro(chosen, seed)
  })
  return inTurns(picked)
}

const spread = <T>(list: readonly T[], count: number, seed: number): T[] =>
  count >= list.length ? [...list] : Array.from({ length: count }, (_, n) => list[Math.floor(((n + seed) * list.length) / count)] as T)

/** Any beginning of the answer comes from all over the list: the fractions of multiples of the golden ratio lie evenly. */
const toAndFro = <T>(list: readonly T[], seed: number): T[] =>
  list
    .map((value, n) => ({ value, rank: (n * (Math.sqrt(5) - 1) * 0.5 + seed) % 1 }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ value }) => value)

/** One of each group after another: a run that is cut short has seen something of each. */
const inTurns = <T>(groups: readonly T[][]): T[] => {
  const longest = Math.max(0, ...groups.map((group) => group.length))
  return Array.from({ length: longest }, (_, n) => groups.flatMap((group) => group.slice(n, n + 1))).flat()
}
