import type { Kdf } from '../ports.ts'

/** noble's names for a cost. `maxmem` is its own guard against parameters from outside; ours are checked before. */
export const nobleOptions = ({ memoryKiB, passes, lanes }: Omit<Parameters<Kdf>[0], 'passphrase' | 'salt'>) => ({
  ...{ m: memoryKiB, t: passes, p: lanes },
  ...{ dkLen: 32, maxmem: (memoryKiB + 1024) * 1024 },
})
