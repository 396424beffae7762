import type { Primitives } from '../protocol/primitives.ts'
import { nativePrimitives } from './nativePrimitives.ts'
import { loadSntrup761 } from './sntrup761.ts'
import { loadSodium } from './sodiumPrimitives.ts'

/** The fastest primitives this runtime has. Takes some tens of milliseconds; make them once. */
export const createPrimitives = async (): Promise<Primitives> => nativePrimitives(await loadSntrup761(), await loadSodium())
