/** Runs one Argon2id in a worker thread: a second of computing that must not hold up anything else. */
import { parentPort, workerData } from 'node:worker_threads'
import { argon2id } from '@noble/hashes/argon2.js'
import { nobleOptions } from './argon2Options.ts'
import type { Argon2Input } from './kdf.ts'

const input = workerData as Argon2Input
parentPort?.postMessage(argon2id(input.passphrase, input.salt, nobleOptions(input)))
