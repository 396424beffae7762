/** Runs one Argon2id in a worker thread: a second of computing that must not hold up anything else. */
import { parentPort, workerData } from 'node:worker_threads'
import { argon2id } from '@noble/hashes/argon2.js'
import type { Argon2Input } from './kdf.ts'

const { passphrase, salt, memoryKiB, passes, lanes } = workerData as Argon2Input
// maxmem is noble's own guard against parameters from outside; ours are checked before.
const key = argon2id(passphrase, salt, { m: memoryKiB, t: passes, p: lanes, dkLen: 32, maxmem: (memoryKiB + 1024) * 1024 })
parentPort?.postMessage(key)
