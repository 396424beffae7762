import vue from '@vitejs/plugin-vue'
import { playwright } from '@vitest/browser-playwright'
import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { launchOptions } from './test/browser.ts'

const components = 'test/src-renderer/components/**/*.test.ts'

/** They take minutes: begun last, they would leave the other worker with nothing to do. */
const long = [
  'kill.test.ts',
  'simulation/groups.test.ts',
  'twoApps.test.ts',
  'hostileRelay.test.ts',
  'codes.test.ts',
  'admin.test.ts',
  'transport.test.ts',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = long.findIndex((name) => moduleId.endsWith(`/${name}`))
      return at === -1 ? long.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  plugins: [vue()], // at the root, so coverage can also parse .vue files no test has loaded
  optimizeDeps: {
    // else a first run reloads mid-test
    include: [
      'vue',
      'pinia',
      'vitest-browser-vue',
      'valibot',
      '@noble/hashes/sha2.js',
      '@noble/hashes/utils.js',
      '@scure/base',
      'qr',
      'qr/decode.js',
    ],
  },
  test: {
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    coverage: { provider: 'v8', include: ['src-*/**/*.{ts,vue}'], reporter: ['text', 'json-summary'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['test/{src-*,bench,conformance,interop,packaging,tools,vectors,scenarios,simulation}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, components],
          // Against hanging only: on a busy machine a process takes seconds to start. A longer test names its own.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'component',
          include: [components],
          testTimeout: 30_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: launchOptions() }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
