import { expect, test } from 'vitest'
import { mentionQuery, mentionsIn } from '../../../../src-renderer/lib/text/mentions.ts'

const [mira, miranda, jonas] = [
  { id: '01', name: 'Mira' },
  { id: '02', name: 'Mira Holt' },
  { id: '03', name: 'Jonas' },
]
const people = [mira, miranda, jonas]

test.each([
  ['@Mira', [{ from: 0, length: 5, id: '01' }]],
  ['Hi @Mira Holt!', [{ from: 3, length: 10, id: '02' }]],
  ['@Jonas, @Mira', [{ from: 0, length: 6, id: '03' }, { from: 8, length: 5, id: '01' }]], // prettier-ignore
  ['mail@Mira', []],
  ['@Mirabel', []],
  ['@ Mira', []],
])('%s names those that it names', (text, mentions) => expect(mentionsIn(text, people)).toEqual(mentions))

test('no more than a message may carry', () => expect(mentionsIn('@Mira '.repeat(100), people)).toHaveLength(64))

test.each([
  ['@', [mira, miranda, jonas]],
  ['so @mi', [mira, miranda]],
  ['@ho', [miranda]],
  ['a @jo', [jonas]],
  ['a@jo', null],
  ['@zz', null],
  ['@Jonas', null],
  ['jo', null],
])('%s: who could be meant', (text, who) => expect(mentionQuery(text, text.length, people)?.people ?? null).toEqual(who))
