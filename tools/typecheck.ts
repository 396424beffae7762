/**
 * Checks every layer against its own tsconfig, two at a time, or as many as `--lanes` says.
 *
 *     node tools/typecheck.ts [--lanes N] [layer…]
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bin, root, run } from './run.ts'

/** Longest first, so that two lanes end at about the same moment. Vue's compiler, ten times as slow, only where components are made or mounted. */
const layers = [
  { name: 'test/src-renderer', compiler: 'vue-tsc' },
  { name: 'src-renderer', compiler: 'vue-tsc' },
  ...['test', 'src-main', 'src-relay', 'src-preload', 'src-main/protocol', 'src-shared', '.'].map((name) => ({
    name,
    compiler: 'typescript7',
  })),
]

/** True if the layer holds. Errors are printed whole once the layer is done, so that two layers do not mix. */
async function check(layer: { name: string; compiler: string }): Promise<boolean> {
  const started = performance.now()
  const info = join('node_modules/.cache/tsc', `${layer.name.replaceAll(/\W/g, '-')}.tsbuildinfo`)
  const compiler = bin(layer.compiler, layer.compiler === 'vue-tsc' ? 'vue-tsc' : 'tsc')
  const { code, output } = await run([...compiler, '-p', join(layer.name, 'tsconfig.json'), '--incremental', '--tsBuildInfoFile', info], {
    stdio: 'collect',
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${layer.name} (${seconds} s)${output === '' ? '' : `\n${output.trimEnd()}`}`)
  return code === 0
}

const { values, positionals: wanted } = parseArgs({ allowPositionals: true, options: { lanes: { type: 'string', default: '2' } } })
const queue = layers.filter((l) => (wanted.length === 0 || wanted.includes(l.name)) && existsSync(join(root, l.name, 'tsconfig.json')))
if (queue.length === 0) throw new Error(`no such layer; there are: ${layers.map((l) => l.name).join(' ')}`)
const results: boolean[] = []
const lane = async (): Promise<void> => {
  for (let layer = queue.shift(); layer !== undefined; layer = queue.shift()) results.push(await check(layer))
}
await Promise.all(Array.from({ length: Number(values.lanes) }, lane))
process.exitCode = results.length > 0 && results.every(Boolean) ? 0 : 1
