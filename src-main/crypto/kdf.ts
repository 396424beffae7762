/**
 * Argon2id, RFC 9106, off the calling thread: libsodium or node:crypto in the thread pool, or noble in a worker; where no worker can start (inside
 * an archive of Electron's, say), noble on the calling thread, with pauses.
 */
import * as crypto from 'node:crypto'
import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { argon2idAsync } from '@noble/hashes/argon2.js'
import { CairnError } from '#shared/errors.ts'
import type { Kdf } from '../ports.ts'
import { nobleOptions } from './argon2Options.ts'
import { isForSodium, loadSodiumArgon2id } from './sodiumArgon2id.ts'

export type Argon2Input = Parameters<Kdf>[0]

const nativeArgon2id: Kdf = ({ passphrase, salt, memoryKiB, passes, lanes }) =>
  new Promise((resolve, reject) => {
    const parameters = { message: passphrase, nonce: salt, memory: memoryKiB, passes, parallelism: lanes, tagLength: 32 }
    crypto.argon2('argon2id', parameters, (error, key) => {
      if (error) reject(new CairnError('crypto.failed'))
      else resolve(new Uint8Array(key))
    })
  })

/** The worker lies beside this file in the sources; a bundle has it at its root, this code there or in a folder of chunks. */
const findWorker = (): URL => {
  const candidates = ['./argon2Worker.ts', './argon2Worker.js', '../argon2Worker.js'].map((name) => new URL(name, import.meta.url))
  const found = candidates.find((url) => existsSync(url))
  if (!found) throw new CairnError('crypto.failed')
  return found
}

const inWorker: Kdf = (input) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(findWorker(), { workerData: input })
    worker.once('message', (key: Uint8Array) => resolve(new Uint8Array(key)))
    worker.once('error', () => reject(new CairnError('crypto.failed')))
    worker.once('exit', () => reject(new CairnError('crypto.failed'))) // does nothing after a message
  })

const pauseMs = 10

/** Where memory is what is missing, this fails as the worker did. */
export const onThisThread: Kdf = async (input) => {
  try {
    return await argon2idAsync(input.passphrase, input.salt, { ...nobleOptions(input), asyncTick: pauseMs })
  } catch {
    throw new CairnError('crypto.failed')
  }
}

const workerArgon2id: Kdf = (input) => inWorker(input).catch(() => onThisThread(input))

/** RFC 9106 section 3.1, and the most this program ever asks of a machine. */
const isSensible = ({ salt, memoryKiB, passes, lanes }: Argon2Input): boolean =>
  salt.length >= 8 &&
  salt.length <= 1024 &&
  [memoryKiB, passes, lanes].every(Number.isSafeInteger) &&
  lanes >= 1 &&
  lanes <= 16 &&
  passes >= 1 &&
  passes <= 100 &&
  memoryKiB >= 8 * lanes &&
  memoryKiB <= 4 * 1024 * 1024

/** What nobody else does: noble, or node:crypto where this runtime's has it. */
const otherArgon2id = (native: boolean): Kdf => (native && typeof crypto.argon2 === 'function' ? nativeArgon2id : workerArgon2id) // Electron lacks it

/** libsodium where it can do what is asked, and is there. It is loaded with the first question. */
function sodiumArgon2id(other: Kdf): Kdf {
  let loading: Promise<Kdf | null> | null = null
  return async (input) => {
    const argon2id = isForSodium(input) ? await (loading ??= loadSodiumArgon2id()) : null
    if (!argon2id) return other(input)
    return argon2id(input).catch(() => {
      throw new CairnError('crypto.failed')
    })
  }
}

/**
 * @param options `sodium: false` leaves libsodium alone, `native: false` node:crypto too.
 * Errors: `crypto.failed`, also for parameters out of range.
 */
export const createKdf = ({ native = true, sodium = native }: { native?: boolean; sodium?: boolean } = {}): Kdf => {
  const other = otherArgon2id(native)
  const argon2id = sodium ? sodiumArgon2id(other) : other
  return async (input) => {
    if (!isSensible(input)) throw new CairnError('crypto.failed')
    return argon2id(input)
  }
}
