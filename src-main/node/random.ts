import { randomFillSync } from 'node:crypto'
import type { Random } from '../ports.ts'

export const random: Random = (length) => randomFillSync(new Uint8Array(length))
