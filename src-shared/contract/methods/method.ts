import type * as v from 'valibot'

/** `method(schema)` keeps the result type beside the input's schema without a run-time cost. */
export const method = <R>() => ({
  takes: <S extends v.GenericSchema>(input: S) => ({ input, result: undefined as unknown as R }),
})
