/** What `npm run verify` does, in order. Each step is a script of package.json, so that it can be run alone as well. */
import { chromiumPath } from '../test/browser.ts'

export interface Step {
  name: string
  /** The command, run in the project's folder. */
  command: string[]
  env?: Record<string, string>
  /** Steps without which this one would say nothing true. */
  needs?: string[]
  /** Where a test runner leaves its results, and whose format they have. A step without is one check. */
  report?: { path: string; format: 'vitest' | 'playwright' }
}

const script = (name: string, ...args: string[]): string[] => [process.execPath, '--run', name, ...(args.length > 0 ? ['--', ...args] : [])]

const vitest = (name: string): Step => {
  const path = `test-results/${name}.json`
  const command = script(`test:${name}`, '--reporter=default', '--reporter=json', `--outputFile.json=${path}`)
  return { name, command, report: { path, format: 'vitest' } }
}

export const steps: Step[] = [
  { name: 'browser', command: chromiumPath() === undefined ? ['bash', 'tools/setup-debian.sh'] : [process.execPath, '--version'] },
  { name: 'build', command: script('build') },
  { name: 'typecheck', command: script('typecheck') },
  { name: 'lint', command: script('lint') },
  { name: 'format', command: script('format:check') },
  { name: 'deps', command: script('deps') },
  { name: 'dead', command: script('dead') },
  vitest('unit'),
  { ...vitest('component'), needs: ['browser'] },
  {
    name: 'e2e',
    command: script('test:e2e', '--reporter=list,json'),
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: 'test-results/e2e.json' },
    needs: ['browser', 'build'],
    report: { path: 'test-results/e2e.json', format: 'playwright' },
  },
]
