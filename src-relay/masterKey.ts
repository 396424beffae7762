/** The key that encrypts secrets in the services' database: a file of its own, so that a copy of the database alone tells nothing. */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { SettingError } from './settings.ts'

const keyBytes = 32

/**
 * 32 bytes, in the file as 64 hex digits; made with mode 0600 where there is none yet. Without a path: for one run.
 * @throws SettingError for a file that holds no key
 */
export function readMasterKey(path: string | null): Uint8Array {
  if (path === null) return new Uint8Array(randomBytes(keyBytes))
  try {
    const text = readFileSync(path, 'utf8').trim()
    if (!/^[0-9a-f]{64}$/.test(text)) throw new SettingError(`${path} holds no master key (64 hex digits)`)
    return new Uint8Array(Buffer.from(text, 'hex'))
  } catch (error) {
    if (error instanceof SettingError) throw error
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw new SettingError(`cannot read ${path}`)
    return makeKey(path)
  }
}

function makeKey(path: string): Uint8Array {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const key = randomBytes(keyBytes)
  const file = openSync(path, 'wx', 0o600)
  writeSync(file, `${key.toString('hex')}\n`)
  fsyncSync(file) // before anything is encrypted with it
  closeSync(file)
  return new Uint8Array(key)
}

/** Of the program, from its package. */
export const readVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version
