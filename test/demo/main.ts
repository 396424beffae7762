/**
 * The main job, run: a relay and two apps as three processes, driven only through the bridge.
 *
 *     npm run demo              told in words
 *     npm run demo -- --json    one JSON object a line; the last is `{"step":"done",…}`
 *
 * Exits with 1 when anything failed, was lost, doubled or out of order, and when it takes too long.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createNarrator } from './narrator.ts'
import { play } from './story.ts'

const longestMs = 180_000

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const narrator = createNarrator({ json: values.json, write: (line) => process.stdout.write(`${line}\n`) })
const folder = await mkdtemp(join(tmpdir(), 'cairn-demo-'))
const abort = new AbortController()
const deadline = setTimeout(() => abort.abort(new Error(`the demo took longer than ${longestMs / 1000} seconds`)), longestMs)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort(new Error(`ended by ${signal}`)))

const isGood = await play({ folder, narrator, signal: abort.signal })
clearTimeout(deadline)
await rm(folder, { recursive: true, force: true })
process.exitCode = isGood ? 0 : 1
