/**
 * A second process for tests of the keystore: does one thing with a profile folder, and can be told to die on the way.
 *
 *     node keystoreProcess.ts create|open|hold|changePassphrase|import DIR PASSPHRASE [--new-passphrase P] [--file PROFILE-FILE] [--die-before STEP]
 *
 * Steps are its calls of the file system that change something, and both ends of each migration, counted from 1. It prints a line
 * for each, `done` at the end, and `refused CODE` for a `CairnError`. `hold` keeps the keystore open and commits rows `row-1`,
 * `row-2` … for ever, and prints each one's number after its commit.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { parseArgs } from 'node:util'
import { isCairnError } from '#shared/errors.ts'
import { migrations, type Migration } from '#main/storage/migrations.ts'
import { createWrapPorts } from './profileFolder.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'new-passphrase': { type: 'string', default: '' },
    file: { type: 'string', default: '' },
    'die-before': { type: 'string', default: '0' },
  },
})
const [action, dir = '', passphrase = ''] = positionals
const dieBefore = Number(values['die-before'])
let steps = 0

/** Written at once: a line that waits in a buffer would die with the process. */
const say = (line: string): void => void writeNow(1, `${line}\n`)
const writeNow = fs.writeSync

function step(name: string): void {
  steps += 1
  if (steps === dieBefore) process.kill(process.pid, 'SIGKILL')
  say(`${steps} ${name}`)
}

/** Named imports of built-in modules follow their default export after `syncBuiltinESMExports`. */
function countFileSystemSteps(): void {
  const counted = ['mkdirSync', 'openSync', 'writeSync', 'fsyncSync', 'renameSync', 'rmSync', 'truncateSync'] as const
  for (const name of counted) {
    const real = fs[name] as (...parameters: unknown[]) => unknown
    Object.assign(fs, {
      [name]: (...parameters: unknown[]) => {
        step(name)
        return real(...parameters)
      },
    })
  }
  syncBuiltinESMExports()
}

/** The app's own, with a step at both ends of each. */
const steppedMigrations: Migration[] = migrations.map(({ version, up }) => ({
  version,
  up: (sql, file) => {
    step(`migration ${version} begins`)
    up(sql, file)
    step(`migration ${version} ends`)
  },
}))

async function run(): Promise<void> {
  const keystore = await import('#main/storage/keystore.ts')
  const { importKeystore } = await import('#main/storage/transfer.ts')
  const options = { dir, passphrase, migrations: steppedMigrations, ...(await createWrapPorts()) }
  countFileSystemSteps()
  if (action === 'changePassphrase') await keystore.changePassphrase({ ...options, newPassphrase: values['new-passphrase'] })
  else if (action === 'import') (await importKeystore({ ...options, path: values.file, check: () => undefined })).close()
  else {
    const database = await (action === 'create' ? keystore.createKeystore(options) : keystore.openKeystore(options))
    if (action !== 'hold') database.close()
    else commitForEver((key) => void database.prepare('INSERT INTO meta VALUES (?, ?)').run(key, new Uint8Array(100)))
  }
}

function commitForEver(insert: (key: string) => void): void {
  let rows = 0
  const next = (): void => {
    rows += 1
    insert(`row-${rows}`)
    say(`row ${rows}`)
    setImmediate(next)
  }
  next()
}

try {
  await run()
  if (action !== 'hold') say('done')
} catch (error) {
  if (!isCairnError(error)) throw error
  say(`refused ${error.code}`)
}
