import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from '#shared/contract/limits.ts'
import { armorInvite, parseInviteText } from '#main/protocol/inviteText.ts'
import { node, testContext } from '#test/support/providers.ts'

const context = testContext()
const invite = context.random(1555)
const armored = armorInvite(node, invite)
const read = (text: string) => parseInviteText(node, text)
const lines = (text: string, change: (line: string) => string, end = '\n') => text.split('\n').map(change).join(end)

test('the armored form: markers, lines of 64, a checksum', () => {
  const [begin, ...rest] = armored.trimEnd().split('\n')
  expect([begin, rest.at(-1)]).toEqual(['-----BEGIN CAIRN INVITE-----', '-----END CAIRN INVITE-----'])
  expect(rest.at(-2)).toMatch(/^=[A-Za-z0-9+/]{8}$/)
  expect(rest.slice(0, -3).every((line) => line.length === 64)).toBe(true)
  expect(armored.endsWith('-----\n')).toBe(true)
})

test('any bytes come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 4000 }), (bytes) => {
      expect(read(armorInvite(node, bytes))).toEqual({ kind: 'armored', bytes })
    }),
  )
})

test.each([
  ['a mail around it', `Hi Bob,\n\nhere it is -- paste it:\n\n${armored}\n-- \nAlice\n`],
  ['CRLF', lines(armored, (line) => line, '\r\n')],
  ['old Mac line ends', lines(armored, (line) => line, '\r')],
  ['indentation', lines(armored, (line) => `\t   ${line}`)],
  ['trailing blanks', lines(armored, (line) => `${line}  `)],
  ['quoting', lines(armored, (line) => `> ${line}`)],
  ['quoting twice', lines(armored, (line) => `> > ${line}`)],
  ['quoting without blanks', lines(armored, (line) => `>>${line}`)],
  ['blank lines', lines(armored, (line) => line, '\n\n')],
  ['one line, as an input field makes it', armored.replaceAll('\n', ' ')],
  ['other line lengths', armored.replace(/(.{30})/g, (part) => (part.includes('-') ? part : `${part}\n`))],
  ['no line end at the end', armored.trimEnd()],
  ['a byte order mark', `\ufeff${armored}`],
  ['no-break spaces', lines(armored, (line) => `\u00a0${line}`)],
])('%s is forgiven', (_, text) => {
  expect(read(text)).toEqual({ kind: 'armored', bytes: invite })
})

describe('damaged', () => {
  const damaged = (text: string) => expect(() => read(text)).toThrow('invite.damaged')

  test('cut anywhere', () => {
    const end = armored.trimEnd().length
    for (let at = 0; at < end; at += 17) damaged(armored.slice(0, at))
    damaged(armored.slice(0, end - 1))
    for (let at = 1; at < end; at += 17) damaged(armored.slice(at))
  })

  test('any character mistyped', () => {
    const from = armored.indexOf('\n') + 1
    const to = armored.lastIndexOf('\n-----END')
    for (let at = from; at < to; at += 23) {
      const old = armored[at]
      if (old === '\n' || old === '=') continue
      damaged(`${armored.slice(0, at)}${old === 'A' ? 'B' : 'A'}${armored.slice(at + 1)}`)
    }
  })

  test('a line lost, doubled or moved', () => {
    const all = armored.split('\n')
    damaged(all.filter((_, i) => i !== 5).join('\n'))
    damaged([...all.slice(0, 5), ...all.slice(4)].join('\n'))
    damaged([...all.slice(0, 4), all[5], all[4], ...all.slice(6)].join('\n'))
  })

  test.each([
    ['nothing', ''],
    ['blanks', ' \n '],
    ['other text', 'Shall we meet at noon?'],
    ['markers alone', '-----BEGIN CAIRN INVITE-----\n-----END CAIRN INVITE-----'],
    ['markers the wrong way round', '-----END CAIRN INVITE-----\n-----BEGIN CAIRN INVITE-----'],
    ['no checksum', armored.replace(/^=.*\n/m, '')],
    ['a wrong checksum', armored.replace(/^=(.{8})$/m, '=AAAAAAAA')],
    ['a character that is not base64', armored.replace(/\n(.)/, '\n!')],
    ['somebody else armor', armored.replaceAll('CAIRN', 'PGP')],
  ])('%s', (_, text) => {
    damaged(text)
  })
})

describe('too large', () => {
  const big = 10 * 1024 * 1024

  test.each([
    ['zeros', '0'.repeat(big)],
    ['beginnings', '-----BEGIN CAIRN INVITE-----\n'.repeat(big / 29)],
    ['equals signs', `-----BEGIN CAIRN INVITE-----${'='.repeat(big)}-----END CAIRN INVITE-----`],
    ['blanks', ' '.repeat(big)],
    ['a short invite of megabytes', `cairn1${'q'.repeat(big)}`],
    ['one character too many', '0'.repeat(limits.inviteBytes + 1)],
  ])('%s', (_, text) => {
    expect(() => read(text)).toThrow('invite.too-large')
  })

  test.each([
    ['zeros', '0'],
    ['beginnings', '-----BEGIN CAIRN INVITE-----\n'],
    ['blanks and quotes', ' >'],
    ['equals signs', '='],
    ['short invites', 'cairn1'],
  ])('just not: %s are damaged', (_, part) => {
    const filler = part.repeat(Math.floor((limits.inviteBytes - 60) / part.length))
    expect(() => read(filler)).toThrow('invite.damaged')
    expect(() => read(`-----BEGIN CAIRN INVITE-----${filler}-----END CAIRN INVITE-----`)).toThrow(/^invite\.(damaged|too-large)$/)
  })
})
