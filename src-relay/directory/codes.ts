/** User codes: seven characters of Crockford's base32 (no I, L, O, U), made to be read aloud and typed. */
import { randomInt } from 'node:crypto'
import * as v from 'valibot'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 7

/** Uniform over 32^7. @param random below its argument */
export const makeCode = (random: (below: number) => number = (below) => randomInt(below)): string =>
  Array.from({ length }, () => alphabet[random(alphabet.length)]).join('')

/** As people type it: any case, O for 0, I and L for 1. */
export const codeSchema = v.pipe(v.string(), v.regex(/^[0-9A-TV-Za-tv-z]{7}$/, 'seven characters of Crockford base32'))

/** @param typed that `codeSchema` has accepted */
export const normalCode = (typed: string): string => typed.toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1')
