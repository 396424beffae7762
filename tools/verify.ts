/**
 * Everything that must hold, one step after another, some of them side by side; what CI runs. Every step runs, even after one that failed.
 *
 *     npm run verify                    all of it
 *     npm test -- unit lint             these steps alone
 *     npm test -- --skip e2e            all but these
 *
 * The last line is `N passed, N failed`: tests, and each other step as one check. Exits with 1 if anything failed.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Counts, countTests } from './reports.ts'
import { root, run } from './run.ts'
import { type Step, steps } from './steps.ts'

interface Outcome extends Counts {
  name: string
  seconds: number
  /** Why it failed, where the output above does not say it. */
  note: string
  absent?: boolean
}

const bold = (text: string): string => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text)

/** The steps asked for on the command line; a misspelt name is an error rather than nothing to do. */
function chooseSteps(args: string[]): Step[] {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { skip: { type: 'string', multiple: true } } })
  const skipped = values.skip ?? []
  for (const name of [...positionals, ...skipped]) {
    if (!steps.some((step) => step.name === name)) throw new Error(`no step ${name}; there are: ${steps.map((s) => s.name).join(' ')}`)
  }
  return steps.filter((step) => (positionals.length === 0 || positionals.includes(step.name)) && !skipped.includes(step.name))
}

const nothing: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] }

/** What a finished step amounts to. A runner that ended badly counts as a failure even if no single test did. */
function judge(step: Step, code: number, output: string): Counts & { note: string } {
  if (step.report === undefined) {
    const last = output.trimEnd().split('\n').slice(-10)
    return code === 0 ? { ...nothing, passed: 1, note: '' } : { ...nothing, failed: 1, failures: last, note: '' }
  }
  const counts = countTests(join(root, step.report.path), step.report.format)
  if (counts === null) return { ...nothing, failed: 1, note: 'left no report' }
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1, note: 'ended badly outside a test' }
  if (counts.passed + counts.failed === 0) return { ...counts, failed: 1, note: 'no tests' }
  return { ...counts, note: counts.passed + counts.failed === 0 ? 'no tests yet' : '' }
}

async function perform(step: Step, earlier: Outcome[]): Promise<Outcome> {
  if (step.absent !== undefined) {
    console.log(`${bold(`\n── ${step.name}`)}\nDID NOT RUN: ${step.absent}. Its tests count as nothing below.`)
    return { ...nothing, name: step.name, seconds: 0, note: `did not run: ${step.absent}`, absent: true }
  }
  const missing = step.needs?.filter((name) => earlier.some((o) => o.name === name && o.failed > 0)) ?? []
  if (missing.length > 0) return { ...nothing, name: step.name, seconds: 0, failed: 1, note: `not run: needs ${missing.join(', ')}` }
  if (!step.beside) console.log(bold(`\n── ${step.name}`))
  if (step.report) rmSync(join(root, step.report.path), { force: true })
  const started = performance.now()
  const { code, output } = await run(step.command, { stdio: step.beside ? 'collect' : 'inherit', ...(step.env && { env: step.env }) })
  if (step.beside) console.log(`${bold(`\n── ${step.name}`)}\n${output.trimEnd()}`) // whole, so that two steps do not mix
  return { name: step.name, seconds: (performance.now() - started) / 1000, ...judge(step, code, output) }
}

/** Steps that follow one another and may run side by side, together; every other by itself. */
function batchesOf(all: Step[]): Step[][] {
  const batches: Step[][] = []
  for (const step of all) {
    const last = batches.at(-1)
    if (step.beside && last?.[0]?.beside) last.push(step)
    else batches.push([step])
  }
  return batches
}

/** Two at a time, begun in their order; outcomes in that order too. */
async function performBatch(batch: Step[], earlier: Outcome[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const queue = [...batch.entries()]
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) outcomes[next[0]] = await perform(next[1], earlier)
  }
  await Promise.all([lane(), lane()])
  return outcomes
}

function table(outcomes: Outcome[]): string {
  const row = (o: Outcome): string =>
    [
      o.absent ? 'NOT RUN' : o.failed > 0 ? 'FAILED ' : 'ok     ',
      o.name.padEnd(10),
      `${o.seconds.toFixed(1).padStart(7)} s`,
      `${o.passed} passed${o.failed > 0 ? `, ${o.failed} failed` : ''}${o.skipped > 0 ? `, ${o.skipped} skipped` : ''}`,
      o.note,
    ]
      .join('  ')
      .trimEnd()
  return outcomes.map(row).join('\n')
}

/** Once more at the end, as what a step printed may be far above. */
const failuresOf = (outcomes: Outcome[]): string =>
  outcomes
    .filter((o) => o.failures.length > 0)
    .map((o) => `${o.name} failed:\n${o.failures.map((line) => `    ${line}\n`).join('')}\n`)
    .join('')

mkdirSync(join(root, 'test-results'), { recursive: true })
const outcomes: Outcome[] = []
const started = performance.now()
for (const batch of batchesOf(chooseSteps(process.argv.slice(2)))) outcomes.push(...(await performBatch(batch, outcomes)))
const seconds = (performance.now() - started) / 1000

const sum = (pick: (o: Outcome) => number): number => outcomes.reduce((total, o) => total + pick(o), 0)
const failed = sum((o) => o.failed)
console.log(`${bold('\n── summary')}\n${table(outcomes)}\n${`${seconds.toFixed(1)} s in all`}\n\n${failuresOf(outcomes)}`.trimEnd() + '\n')
console.log(`${sum((o) => o.passed)} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
