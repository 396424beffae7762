import { defineConfig } from 'playwright/test'

/** The desktop program itself, wherever Electron's binary is present: `npm run test:electron`. */
export default defineConfig({
  testDir: 'test/electron',
  outputDir: 'test-results/electron',
  workers: 1, // one clipboard, one tray, one person in front of it
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
})
