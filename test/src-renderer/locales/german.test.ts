/** German says everything that English says, in words of its own. That nothing is missing is the compiler's to say, too. */
import { describe, expect, test } from 'vitest'
import { CairnError, errorCodes, type ErrorCode } from '#shared/errors.ts'
import { de, deErrors } from '../../../src-renderer/locales/de/index.ts'
import { en } from '../../../src-renderer/locales/en.ts'
import { errorWords } from '../../../src-renderer/locales/errors.ts'
import { speak, words, wordsFor } from '../../../src-renderer/locales/index.ts'

/** The same word in both, or no word at all. */
const same = new Set([
  ...[
    'accept.placeholder',
    'app.name',
    'app.signedOut.command',
    'appearance.textSizeValue',
    'asks.named',
    'asks.state.failed',
    'backup.code',
  ],
  ...[
    'backup.relay',
    'chat.announce',
    'chat.message',
    'details.tech.relays',
    'files.clock',
    'files.withText',
    'first.name.placeholder',
    'first.relay.placeholder',
    'first.unlock.label',
    'groups.details.admin',
  ],
  ...[
    'net.offline',
    'net.state.offline',
    'ownCode.spelled',
    'rename.label',
    'settings.proxy.title',
    'settings.security.passphrase',
    'system.by',
    'talk.message.reactedWith',
  ],
])

const sample: readonly unknown[] = ['Mira', 'Jonas', 3, 4]
/** Of those that take no names. */
const samples: Record<string, readonly unknown[]> = {
  ...{ 'files.size': [4096], 'files.clock': [75], 'files.state.speed': [4096], 'files.label': ['picture', 'Jonas'] },
  ...{ 'timer.of': [7200], 'talk.vanish.short': [7200], 'talk.vanish.left': [7200] },
}
const argumentsOf = (path: string) => samples[path] ?? sample
const text = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.flatMap(text) : [JSON.stringify(value)]

/** Path and value of every leaf; functions are leaves. */
function leaves(tree: unknown, path = ''): [string, unknown][] {
  if (typeof tree !== 'object' || tree === null) return [[path, tree]]
  return Object.entries(tree).flatMap(([key, value]) => leaves(value, path === '' ? key : `${path}.${key}`))
}
const english = new Map(leaves(en))
const german = new Map(leaves(de))

describe('German', () => {
  test('has the same keys, of the same kind', () => {
    const shape = (all: Map<string, unknown>) => [...all].map(([path, value]) => `${path}: ${typeof value}`).toSorted()
    expect(shape(german)).toEqual(shape(english))
  })

  test('its functions take no more than English ones do, and say every part that varies', () => {
    for (const [path, value] of german) {
      if (typeof value !== 'function') continue
      const other = english.get(path) as (...args: unknown[]) => unknown
      expect(value.length, path).toBeLessThanOrEqual(other.length)
      const args = argumentsOf(path).slice(0, other.length)
      const [here, there] = [value, other].map((say) => text((say as typeof other)(...args)).join(' '))
      expect(here, path).not.toMatch(/undefined|NaN|\[object/)
      for (const name of ['Mira', 'Jonas']) expect(here?.includes(name), `${path} names ${name}: ${here}`).toBe(there?.includes(name))
    }
  })

  test('is no English but for a few words', () => {
    const alike = [...german].filter(([path, value]) => {
      const other = english.get(path)
      if (typeof value !== 'function') return value === other && /\p{L}{3}/u.test(String(value))
      const say = (one: unknown) => text((one as (...args: unknown[]) => unknown)(...argumentsOf(path))).join(' ')
      return say(value) === say(other)
    })
    expect(alike.map(([path]) => path).toSorted()).toEqual([...same].toSorted())
  })

  test('has quotation marks and dots of its own', () => {
    for (const [path, value] of german) if (typeof value === 'string') expect(value, path).not.toMatch(/“[^„]*”|\.\.\.|"| - | — /)
  })

  test.each(Object.keys(errorCodes) as ErrorCode[])('%s says what happened and what next', (code) => {
    for (const details of [{}, { seconds: 4, relay: 'relay.example', name: 'Samir' }]) {
      const { title, text: next } = deErrors[code](details)
      expect(title).toMatch(/^\S.*\.$/)
      expect(next.length).toBeGreaterThan(10)
      expect(`${title} ${next}`).not.toMatch(/undefined|NaN/)
      expect(title).not.toBe(errorWords[code](details).title)
    }
  })

  test('is spoken when it is asked for, and English again', async () => {
    await speak('de')
    expect([words.common.cancel, wordsFor(new CairnError('profile.locked')).title]).toEqual(['Abbrechen', 'Cairn ist gesperrt.'])
    await speak('en')
    expect([words.common.cancel, wordsFor(new CairnError('profile.locked')).title]).toEqual(['Cancel', 'Cairn is locked.'])
  })
})
