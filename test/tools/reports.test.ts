import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { countTests } from '../../tools/reports.ts'
import { bin, root, run } from '../../tools/run.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => void (folder = temporaryFolder()))
afterEach(() => folder.remove())

const write = (name: string, text: string): void => writeFileSync(join(folder.path, name), text)
const report = () => join(folder.path, 'report.json')

describe('what a runner left behind', () => {
  it('nothing, if there is no report', () => expect(countTests(report(), 'vitest')).toBeNull())

  it('vitest: counts, and the names of what failed', async () => {
    write(
      'sums.test.ts',
      `import { expect, it } from 'vitest'
       it('adds', () => expect(1 + 1).toBe(2))
       it('is wrong', () => expect(1 + 1).toBe(3))
       it.skip('waits', () => {})`,
    )
    write('broken.test.ts', `throw new Error('cannot be loaded')`)
    const { code } = await run([...bin('vitest'), 'run', '--root', folder.path, '--reporter=json', `--outputFile=${report()}`], {
      stdio: 'collect',
      env: { NODE_PATH: join(root, 'node_modules') },
    })
    expect(code).toBe(1)
    expect(countTests(report(), 'vitest')).toEqual({
      ...{ passed: 1, failed: 2, skipped: 1 },
      failures: [
        expect.stringMatching(/^sums.test.ts: is wrong: AssertionError: expected 2 to be 3/),
        expect.stringMatching(/^broken.test.ts: /),
      ],
    })
  })

  it('playwright: counts, and the names of what failed', async () => {
    write('package.json', '{"type":"module"}')
    write(
      'sums.spec.js',
      `import { expect, test } from ${JSON.stringify(join(root, 'node_modules/playwright/test.mjs'))}
       test('adds', () => expect(1 + 1).toBe(2))
       test.describe('wrongly', () => test('is wrong', () => { throw new Error('not that\\nbut this') }))
       test.skip('waits', () => {})`,
    )
    const { code } = await run([...bin('playwright'), 'test', '--config', folder.path, '--reporter=json'], {
      stdio: 'collect',
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report() },
    })
    expect(code).toBe(1)
    expect(countTests(report(), 'playwright')).toEqual({
      ...{ passed: 1, failed: 1, skipped: 1 },
      failures: ['sums.spec.js: is wrong: Error: not that'],
    })
  })
})
