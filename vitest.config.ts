import vue from '@vitejs/plugin-vue'
import { playwright } from '@vitest/browser-playwright'
import { configDefaults, defineConfig } from 'vitest/config'
import { launchOptions } from './test/browser.ts'

const components = 'test/src-renderer/components/**/*.test.ts'

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
    coverage: { provider: 'v8', include: ['src-*/**/*.{ts,vue}'], reporter: ['text', 'json-summary'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['test/{src-*,bench,conformance,packaging,tools,vectors,scenarios,interop}/**/*.test.ts'],
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
