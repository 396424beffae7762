/**
 * Deterministic CBOR, RFC 8949 section 4.2.1: shortest forms, definite lengths, map keys (text only) in bytewise order.
 * What does not re-encode to the very same bytes is refused, so that a value has one encoding and hashes mean what they say.
 */
import { decode, encode, rfc8949EncodeOptions } from 'cborg'
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { equalBytes } from './bytes.ts'

const refuse = (): never => {
  throw new TypeError('not encodable: undefined, bigint and unsafe integers have no place on the wire')
}

const encodeOptions = {
  ...rfc8949EncodeOptions,
  typeEncoders: {
    undefined: refuse,
    bigint: refuse,
    number: (n: unknown) => (Number.isInteger(n) && !Number.isSafeInteger(n) ? refuse() : null),
  },
}

const decodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
}

/** Throws a TypeError for what has no deterministic form; callers encode their own values, so that is a mistake in this program. */
export const encodeCbor = (value: unknown): Uint8Array => new Uint8Array(encode(value, encodeOptions))

const decodeStrictly = (bytes: Uint8Array): unknown => {
  try {
    const plain = new Uint8Array(bytes) // cborg answers Buffers for a Buffer, and views into its input
    const value: unknown = decode(plain, decodeOptions)
    if (equalBytes(encodeCbor(value), plain)) return value
  } catch (cause) {
    throw new CairnError('codec.malformed', { cause })
  }
  throw new CairnError('codec.malformed')
}

/**
 * The value in `bytes`, which must be its one deterministic encoding and fit `schema`. The caller limits the size first.
 * @throws CairnError `codec.malformed`
 */
export const decodeCbor = <Schema extends v.GenericSchema>(bytes: Uint8Array, schema: Schema): v.InferOutput<Schema> =>
  fit(decodeStrictly(bytes), schema)

const fit = <Schema extends v.GenericSchema>(value: unknown, schema: Schema): v.InferOutput<Schema> => {
  const result = v.safeParse(schema, value)
  if (!result.success) throw new CairnError('codec.malformed')
  return result.output
}

/** Schema of a byte string of exactly `length` bytes, or of at most `length.max` (and at least `length.min`). */
export const bytes = (length?: number | { min?: number; max: number }) => {
  const [min, max] = typeof length === 'number' ? [length, length] : [length?.min ?? 0, length?.max ?? Infinity]
  return v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length >= min && value.length <= max)
}

/** Schema of an unsigned integer up to 2^53 - 1: the part of u64 that JavaScript holds exactly. */
export const u64 = () => v.pipe(v.number(), v.safeInteger(), v.minValue(0))

export const u32 = () => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff))

const versionSchema = v.looseObject({ v: u64() })

/**
 * As `decodeCbor` for a form of version 1; the version is looked at before anything else, so that a newer form is called newer and
 * not malformed.
 * @throws CairnError `codec.newer-version`, `codec.malformed`
 */
export const decodeVersion1 = <Schema extends v.GenericSchema>(bytes: Uint8Array, schema: Schema): v.InferOutput<Schema> => {
  const value = decodeStrictly(bytes)
  if (fit(value, versionSchema).v > 1) throw new CairnError('codec.newer-version')
  return fit(value, schema)
}
