import { defineConfig } from 'playwright/test'
import { launchOptions } from './test/browser.ts'

export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results/e2e',
  fullyParallel: true,
  workers: 2,
  forbidOnly: process.env['CI'] !== undefined,
  // Against hanging only: a test starts a relay and two apps, each of which derives a key from a passphrase.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    ...{ browserName: 'chromium', headless: true, launchOptions: launchOptions() },
    trace: { mode: 'retain-on-failure', screenshots: false }, // a film of each page would cost a third of the time
    ...{ actionTimeout: 60_000, navigationTimeout: 60_000 }, // so that what hangs says which step it is
  },
})
