import { describe, expect, test } from 'vitest'
import { CairnError, errorCodes, type ErrorCode } from '#shared/errors.ts'
import { technicalText, words, wordsFor } from '../../../src-renderer/locales/index.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]
/** Words a person should never have to know. */
const jargon = /\b(ratchet|decrypt|key exchange|handshake|peer|sync|fatal|invalid|oops)\b|!/i

const allStrings = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value === 'function') return [String((value as (...args: unknown[]) => unknown)('Mira', 2, 3, 4))]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(allStrings) : []
}

describe('words', () => {
  test.each(codes)('%s says what happened and what next, without jargon', (code) => {
    const { title, text } = wordsFor(new CairnError(code, { details: { seconds: 4, relay: 'relay.example', name: 'Samir' } }))
    expect(title).toMatch(/^\S.*\.$/)
    expect(text.length).toBeGreaterThan(10)
    expect(`${title} ${text}`).not.toMatch(jargon)
    expect(`${title} ${text}`).not.toContain('undefined')
  })
  test('an error without details still reads well', () => {
    for (const code of codes) expect(Object.values(wordsFor(new CairnError(code))).join(' ')).not.toMatch(/undefined|NaN|\$\{/)
  })
  test('anything that is not a CairnError reads as an inner fault', () =>
    expect(wordsFor(new TypeError('x')).title).toBe(wordsFor(new CairnError('internal')).title))
  test('no sentence of the first level uses jargon', () => {
    const { details, ...firstLevel } = words
    const { tech, ...rest } = details
    expect(tech).toBeDefined() // one click deeper the field's words are at home
    for (const sentence of allStrings([firstLevel, rest])) expect(sentence).not.toMatch(jargon)
  })
  test('technical text carries code and facts', () =>
    expect(technicalText(new CairnError('relay.unreachable', { details: { relay: 'r' } }), '0.1.0')).toBe(
      '{"cairn":"0.1.0","code":"relay.unreachable","relay":"r"}',
    ))
})
