/** What `npm run verify` does, in order. Each step is a script of package.json, so that it can be run alone as well. */
import { spawnSync } from 'node:child_process'
import { existsSync, statfsSync } from 'node:fs'
import { chromiumPath, lacksShell } from '../test/browser.ts'
import { electronBinary, howToFetch } from './electronBinary.ts'

export interface Step {
  name: string
  /** The command, run in the project's folder. */
  command: string[]
  env?: Record<string, string>
  /** Why it cannot be run on this machine; said aloud, and counted as nothing. */
  absent?: string
  /** Steps without which this one would say nothing true. */
  needs?: string[]
  /** It keeps one core busy and depends on no other such step: two of them run side by side. */
  beside?: true
  /** Where a test runner leaves its results, and whose format they have. A step without is one check. */
  report?: { path: string; format: 'vitest' | 'playwright' }
}

const script = (name: string, ...args: string[]): string[] => [process.execPath, '--run', name, ...(args.length > 0 ? ['--', ...args] : [])]

const plenty = 8 * 2 ** 30

/**
 * Where there is plenty of memory tests keep their folders in it: a database syncs with each commit, and there are hundreds of thousands.
 * They end processes, never the computer, so nothing is tested less.
 */
function inMemory(): Pick<Step, 'env'> {
  const folder = '/dev/shm'
  if (process.platform !== 'linux' || process.env['TMPDIR'] !== undefined || !existsSync(folder)) return {}
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize < plenty ? {} : { env: { TMPDIR: folder } }
}

const vitest = (name: string): Step => {
  const path = `test-results/${name}.json`
  const command = script(`test:${name}`, '--reporter=default', '--reporter=json', `--outputFile.json=${path}`)
  return { name, command, ...inMemory(), report: { path, format: 'vitest' } }
}

/** The window of Electron is driven wherever its binary is present, and a display for it. */
function whyNoElectron(): Pick<Step, 'absent'> {
  if (electronBinary() === null) return { absent: `Electron’s binary is not here (${howToFetch})` }
  const { env, platform } = process
  return platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY'] ? { absent: 'there is no display' } : {}
}

/** A Chromium, the quick one too where it is Debian's, and for the second implementations in test/interop a Python with two packages. */
const isSetUp = (): boolean =>
  chromiumPath() !== undefined &&
  !(lacksShell() && existsSync('/usr/bin/apt-get')) &&
  spawnSync('/usr/bin/python3', ['-c', 'import cryptography, argon2']).status === 0

export const steps: Step[] = [
  { name: 'browser', command: isSetUp() ? [process.execPath, '--version'] : ['bash', 'tools/setup-debian.sh'] },
  { name: 'build', command: script('build'), beside: true },
  { name: 'typecheck', command: script('typecheck', '--lanes', '1'), beside: true },
  { name: 'lint', command: script('lint'), beside: true },
  { name: 'format', command: script('format:check'), beside: true },
  { name: 'deps', command: script('deps'), beside: true },
  { name: 'dead', command: script('dead'), beside: true },
  vitest('unit'),
  { ...vitest('component'), needs: ['browser'] },
  {
    name: 'e2e',
    command: script('test:e2e', '--reporter=list,json'),
    env: { ...inMemory().env, PLAYWRIGHT_JSON_OUTPUT_FILE: 'test-results/e2e.json' },
    needs: ['browser', 'build'],
    report: { path: 'test-results/e2e.json', format: 'playwright' },
  },
  {
    name: 'electron',
    command: script('test:electron', '--reporter=list,json'),
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: 'test-results/electron.json' },
    needs: ['build'],
    report: { path: 'test-results/electron.json', format: 'playwright' },
    ...whyNoElectron(),
  },
]
