/** User codes: drawn at random. */
import { randomInt } from 'node:crypto'
import * as v from 'valibot'
import { codeAlphabet, codeLength, typedCode } from '#shared/wire/userCode.ts'

/** Uniform over 32^7. @param random below its argument */
export const makeCode = (random: (below: number) => number = (below) => randomInt(below)): string =>
  Array.from({ length: codeLength }, () => codeAlphabet[random(codeAlphabet.length)]).join('')

export const codeSchema = v.pipe(v.string(), v.regex(typedCode, 'seven characters of Crockford base32'))
