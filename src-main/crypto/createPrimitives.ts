import type { Primitives } from '../protocol/primitives.ts'
import { nodePrimitives } from './nodePrimitives.ts'
import { loadSntrup761 } from './sntrup761.ts'

/** The fastest primitives this runtime has. Takes some tens of milliseconds; make them once. */
export const createPrimitives = async (): Promise<Primitives> => nodePrimitives(await loadSntrup761())
