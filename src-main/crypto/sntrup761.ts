/**
 * Streamlined NTRU Prime sntrup761 (the parameter set of the NTRU Prime round-3 submission and of OpenSSH) by liboqs,
 * compiled to WebAssembly. The package's own wrapper leaves secrets in freed memory and loads by a computed name that no
 * bundler can follow; this one keeps one buffer for good and overwrites it after each use. liboqs's stack inside the
 * WebAssembly memory is out of reach. It is unaudited, which is one reason why the protocol uses it in a hybrid only.
 */
// The package exports no path to the single-algorithm module, hence the relative one.
import createModule, { type LibOqsModule } from '../../node_modules/@oqs/liboqs-js/dist/sntrup761.min.js'
import { CairnError } from '#shared/errors.ts'
import type { Primitives } from '../protocol/primitives.ts'
import { expectLength, guard } from './guard.ts'

export const sntrup761Sizes = { publicKey: 1158, secretKey: 1763, cipherText: 1039, sharedSecret: 32 } as const

type Field = keyof typeof sntrup761Sizes

const newKem = (module: LibOqsModule): number => {
  module._OQS_init()
  const name = 'sntrup761'
  const size = module.lengthBytesUTF8(name) + 1
  const pointer = module._malloc(size)
  module.stringToUTF8(name, pointer, size)
  const kem = module._OQS_KEM_new(pointer)
  module._free(pointer)
  return kem
}

/** One buffer for each kind of value; nothing stays in them after a call. */
const workspace = (module: LibOqsModule) => {
  const total = Object.values(sntrup761Sizes).reduce((sum, size) => sum + size, 0)
  const start = module._malloc(total)
  if (start === 0) throw new CairnError('crypto.failed')
  const at: Record<Field, number> = {
    publicKey: start,
    secretKey: start + sntrup761Sizes.publicKey,
    cipherText: start + sntrup761Sizes.publicKey + sntrup761Sizes.secretKey,
    sharedSecret: start + total - sntrup761Sizes.sharedSecret,
  }
  return {
    at,
    write(field: Field, value: Uint8Array): void {
      expectLength(value, sntrup761Sizes[field])
      module.HEAPU8.set(value, at[field])
    },
    read: (field: Field): Uint8Array => module.HEAPU8.slice(at[field], at[field] + sntrup761Sizes[field]),
    /** Runs liboqs; whatever happens, the buffers are overwritten. */
    use: <T>(run: () => T): T => {
      try {
        return guard(run)
      } finally {
        module.HEAPU8.fill(0, start, start + total)
      }
    },
  }
}

const expectSuccess = (status: number): void => {
  if (status !== 0) throw new CairnError('crypto.failed')
}

/** Synchronous once loaded. Randomness is the platform's (`node:crypto`). Loading takes about 10 ms. */
export const loadSntrup761 = async (): Promise<Primitives['sntrup761']> => {
  const module = await createModule()
  const kem = newKem(module)
  if (kem === 0) throw new CairnError('crypto.failed')
  const { at, write, read, use } = workspace(module)
  return {
    generateKeyPair: () =>
      use(() => {
        expectSuccess(module._OQS_KEM_keypair(kem, at.publicKey, at.secretKey))
        return { publicKey: read('publicKey'), secretKey: read('secretKey') }
      }),
    encapsulate: (publicKey) =>
      use(() => {
        write('publicKey', publicKey)
        expectSuccess(module._OQS_KEM_encaps(kem, at.cipherText, at.sharedSecret, at.publicKey))
        return { cipherText: read('cipherText'), sharedSecret: read('sharedSecret') }
      }),
    decapsulate: (secretKey, cipherText) =>
      use(() => {
        write('secretKey', secretKey)
        write('cipherText', cipherText)
        expectSuccess(module._OQS_KEM_decaps(kem, at.sharedSecret, at.cipherText, at.secretKey))
        return read('sharedSecret')
      }),
  }
}
