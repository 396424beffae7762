/** Real profile folders for tests of the keystore, and the ports it needs. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKdf } from '#main/crypto/kdf.ts'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import type { Kdf, Random } from '#main/ports.ts'
import type { WrapPorts } from '#main/storage/keyFile.ts'

export const random: Random = (length) => new Uint8Array(randomBytes(length))

const argon2id = createKdf()

/** Real Argon2id at the lowest cost; what a key file asks for still decides the result. */
export const cheapKdf: Kdf = ({ passphrase, salt, memoryKiB, passes, lanes }) =>
  argon2id({ passphrase: `${memoryKiB} ${passes} ${lanes} ${passphrase}`, salt, memoryKiB: 64, passes: 1, lanes: 1 })

export const createWrapPorts = async (): Promise<WrapPorts> => ({ kdf: cheapKdf, primitives: await createPrimitives(), random })

/** A new empty folder; `remove` deletes it and all in it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'cairn-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/**
 * Name, size, time of change and SHA-256 of every file. Only for folders that no keystore of this process is open in: reading a
 * file gives up the process's locks on it.
 */
export function snapshot(dir: string): Record<string, string> {
  const describe = (name: string): string => {
    const { size, mtimeMs } = statSync(join(dir, name))
    return `${size} ${mtimeMs} ${createHash('sha256')
      .update(readFileSync(join(dir, name)))
      .digest('hex')}`
  }
  return Object.fromEntries(
    readdirSync(dir)
      .toSorted()
      .map((name) => [name, describe(name)]),
  )
}
