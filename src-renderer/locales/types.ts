import type { ErrorCode } from '#shared/errors.ts'
import type { en } from './en.ts'
import type { Details, ErrorWords } from './errors.ts'

/** English says which sentences there are; another language says the same ones in other words. */
export type Widen<T> = T extends string
  ? string
  : T extends (...args: infer A) => infer R
    ? (...args: A) => Widen<R>
    : { readonly [K in keyof T]: Widen<T[K]> }

/** The words the program speaks. Another language is another value of this type, in a folder of its own. */
export type Words = Widen<typeof en>
export type AllErrorWords = Record<ErrorCode, (details: Details) => ErrorWords>
