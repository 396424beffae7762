import { describe, expect, test } from 'vitest'
import { hex } from '#main/protocol/bytes.ts'
import { lanTag, recognised, tagList } from '#main/protocol/lanTags.ts'
import { node, testContext } from '#test/support/providers.ts'

const context = testContext()
const secretOf = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const channel = new Uint8Array(32).fill(9)
const known = [1, 2, 3].map((n) => ({ id: String(n), secret: secretOf(n) }))
const list = (secrets: Uint8Array[], role: 'client' | 'server' = 'client', at = channel) => tagList(context, secrets, role, at)
const found = (tags: Uint8Array, role: 'client' | 'server' = 'client', at = channel) =>
  recognised(node, known, tags, role, at).map(({ id }) => id)

describe('tags', () => {
  test('are found by who has the secret, and by nobody else', () => {
    expect(found(list([secretOf(2), secretOf(8)]))).toEqual(['2'])
    expect(found(list([secretOf(8)]))).toEqual([])
  })

  test('belong to one side of one channel: said back, or carried over to another, they are nothing', () => {
    expect(found(list([secretOf(2)]), 'server')).toEqual([])
    expect(found(list([secretOf(2)], 'client', new Uint8Array(32)))).toEqual([])
    expect(hex(lanTag(node, secretOf(2), 'client', channel))).not.toBe(hex(lanTag(node, secretOf(2), 'server', channel)))
  })

  test('are as many as the next power of two, in an order that says nothing', () => {
    expect([0, 1, 16, 17, 100].map((n) => list(Array.from({ length: n }, (_, i) => secretOf(i))).length / 8)).toEqual([16, 16, 16, 32, 128])
    const tags = hex(list([secretOf(1), secretOf(2), secretOf(3)])).match(/.{16}/g) ?? []
    expect(tags).toEqual(tags.toSorted())
  })

  test('what is no list holds nobody', () => {
    expect(found(list([secretOf(2)]).subarray(1))).toEqual([])
    expect(found(new Uint8Array(8 * 8193))).toEqual([])
    expect(found(new Uint8Array())).toEqual([])
  })
})
