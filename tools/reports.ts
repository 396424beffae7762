/** Reading the JSON that the test runners leave behind. */
import { existsSync, readFileSync } from 'node:fs'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  errors: unknown[]
}

/** Null if there is no report. A test file that could not be loaded counts as one failure. */
export function countTests(path: string, format: 'vitest' | 'playwright'): Counts | null {
  if (!existsSync(path)) return null
  const report: unknown = JSON.parse(readFileSync(path, 'utf8'))
  return format === 'vitest' ? fromVitest(report as VitestReport) : fromPlaywright(report as PlaywrightReport)
}

function fromVitest(report: VitestReport): Counts {
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

function fromPlaywright({ stats, errors }: PlaywrightReport): Counts {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, skipped: stats.skipped }
}
