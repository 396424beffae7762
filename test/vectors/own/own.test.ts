/** Re-derives every one of the project's own vectors from its inputs alone, with each provider. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { providers } from '#test/support/providers.ts'
import { families, personOf, type Family, type IdentityInputs } from './derive.ts'
import { replaying, type Drawn } from './source.ts'

interface Case {
  inputs: unknown
  drawn: Drawn
  outputs: unknown
}

const read = (family: Family) => JSON.parse(readFileSync(new URL(`${family}.json`, import.meta.url), 'utf8')) as Case[]
const identities = read('identity')

describe.each(providers)('own vectors, %s', (_, primitives) => {
  const people = identities.map(({ inputs, drawn }) => personOf(replaying(primitives, drawn).context, inputs as IdentityInputs))

  test.each(Object.keys(families) as Family[])('%s', (family) => {
    const cases = read(family)
    expect(cases.length).toBeGreaterThan(0)
    for (const { inputs, drawn, outputs } of cases) {
      const { context, left } = replaying(primitives, drawn)
      expect(families[family](context, inputs, people)).toEqual(outputs)
      expect(left()).toBe(0)
    }
  })
})
