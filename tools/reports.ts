/** Reading the JSON that the test runners leave behind. */
import { existsSync, readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

export interface Counts {
  passed: number
  failed: number
  skipped: number
  /** The tests that failed, each with the first line of why. */
  failures: string[]
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages?: string[] | null }[]
  }[]
}

interface PlaywrightSuite {
  suites?: PlaywrightSuite[]
  specs?: { file: string; title: string; ok: boolean; tests: { results: { error?: { message?: string } }[] }[] }[]
}

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  errors: { message?: string }[]
  suites?: PlaywrightSuite[]
}

/** Null if there is no report. A test file that could not be loaded counts as one failure. */
export function countTests(path: string, format: 'vitest' | 'playwright'): Counts | null {
  if (!existsSync(path)) return null
  const report: unknown = JSON.parse(readFileSync(path, 'utf8'))
  return format === 'vitest' ? fromVitest(report as VitestReport) : fromPlaywright(report as PlaywrightReport)
}

/** @param where the file, by its last part, which is enough to find it. */
function describe(where: string, title: string, why: string | undefined): string {
  const [first = ''] = stripVTControlCharacters(why ?? '').split('\n')
  return `${where.split('/').at(-1)}: ${[title, first].filter((part) => part !== '').join(': ')}`
}

function fromVitest(report: VitestReport): Counts {
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  const failures = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => describe(file.name, test.fullName, test.failureMessages?.[0])),
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: [...failures, ...unloaded.map((file) => describe(file.name, '', file.message))],
  }
}

function failuresIn(suite: PlaywrightSuite): string[] {
  const own = (suite.specs ?? [])
    .filter((spec) => !spec.ok)
    .map((spec) => describe(spec.file, spec.title, spec.tests.flatMap((test) => test.results).find((r) => r.error)?.error?.message))
  return [...own, ...(suite.suites ?? []).flatMap(failuresIn)]
}

function fromPlaywright({ stats, errors, suites = [] }: PlaywrightReport): Counts {
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
    failures: [...suites.flatMap(failuresIn), ...errors.map((error) => describe('', 'outside a test', error.message))],
  }
}
