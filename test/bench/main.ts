/**
 * The benches: what this program does beside what others, or the machine itself, do in the same run.
 *
 *     npm run bench                     all of them, told in words
 *     npm run bench -- ratchet kx       some of them
 *     npm run bench -- --json           one JSON object a line, see `BenchRow`
 *
 * Exits with 0 also when a target is missed: figures are for people to judge. 2 for a name it does not know.
 */
import { parseArgs } from 'node:util'
import { describeRow, runBench } from './runner.ts'
import type { Bench } from './runner.ts'

const benches: Record<string, () => Promise<Bench>> = {
  ratchet: async () => (await import('./ratchet.ts')).ratchetBench,
  kx: async () => (await import('./kx.ts')).kxBench,
  app: async () => (await import('./app.ts')).appBench,
  relay: async () => (await import('./relay.ts')).relayBench,
  files: async () => (await import('./files.ts')).filesBench,
  lan: async () => (await import('./lan.ts')).lanBench,
  group: async () => (await import('./group.ts')).groupBench,
  'catch-up': async () => (await import('./catchUp.ts')).catchUpBench,
  ui: async () => (await import('./ui.ts')).uiBench,
  search: async () => (await import('./search.ts')).searchBench,
}

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean', default: false } }, allowPositionals: true })
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  process.stderr.write(`no bench is called ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}\n`)
  process.exit(2)
}

for (const [name, load] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  for await (const row of runBench(await load())) process.stdout.write(`${values.json ? JSON.stringify(row) : describeRow(row)}\n`)
}
