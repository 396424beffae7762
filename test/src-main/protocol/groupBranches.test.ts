/** Whatever tree of changes there is, everybody who knows all of it holds to the same head, in whatever order the changes came. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fork, winsOver, type Link } from '#main/protocol/groupBranches.ts'

interface Plan {
  /** Which of the changes before it each one follows, and whether the owner signed it. */
  parents: { of: number; owner: boolean }[]
  hashes: number[]
}

const plans: fc.Arbitrary<Plan> = fc
  .array(fc.record({ of: fc.nat(), owner: fc.boolean() }), { minLength: 1, maxLength: 14 })
  .chain((parents) =>
    fc.record({
      parents: fc.constant(parents),
      hashes: fc.uniqueArray(fc.nat(0xffff), { minLength: parents.length + 1, maxLength: parents.length + 1 }),
    }),
  )

function treeOf({ parents, hashes }: Plan): Link[] {
  const name = (i: number) => (hashes[i] ?? 0).toString(16).padStart(4, '0')
  const links: Link[] = [{ hash: name(0), parent: null, generation: 0, ownerSigned: 1 }]
  for (const [i, { of, owner }] of parents.entries()) {
    const parent = links[of % links.length] as Link
    links.push({
      ...{ hash: name(i + 1), parent: parent.hash, generation: parent.generation + 1 },
      ownerSigned: parent.ownerSigned + (owner ? 1 : 0),
    })
  }
  return links
}

const linkIn = (links: readonly Link[]) => (hash: string) => links.find((link) => link.hash === hash) as Link

/** As a member does it: each change is judged when it and all before it are here. */
function headAfter(links: readonly Link[], order: readonly number[]): string {
  const rank = new Map(order.map((n, i) => [n % links.length, i]))
  const arrival = links.map((link, i) => ({ link, at: rank.get(i) ?? i })).toSorted((a, b) => a.at - b.at)
  const known: Link[] = []
  let head: Link | null = null
  let waiting = arrival.map(({ link }) => link)
  while (waiting.length > 0) {
    const next = waiting.find(({ parent }) => parent === null || known.some(({ hash }) => hash === parent)) as Link
    waiting = waiting.filter((link) => link !== next)
    known.push(next)
    if (head === null || winsOver(next, head, linkIn(known))) head = next
  }
  return (head as Link).hash
}

describe('the branch of a group that counts', () => {
  it('is the same in whatever order its changes are heard of', () => {
    fc.assert(
      fc.property(plans, fc.array(fc.nat(30), { maxLength: 20 }), fc.array(fc.nat(30), { maxLength: 20 }), (plan, one, other) => {
        const links = treeOf(plan)
        expect(headAfter(links, one)).toBe(headAfter(links, other))
      }),
      { numRuns: 500 },
    )
  })

  it('orders all heads: of two, exactly one wins, and nothing wins in a circle', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const links = treeOf(plan)
        const wins = (a: Link, b: Link) => winsOver(a, b, linkIn(links))
        for (const a of links)
          for (const b of links) {
            expect(wins(a, b)).toBe(a !== b && !wins(b, a))
            for (const c of links) if (wins(a, b) && wins(b, c)) expect(wins(a, c)).toBe(true)
          }
      }),
      { numRuns: 60 },
    )
  })

  const root: Link = { hash: '00', parent: null, generation: 0, ownerSigned: 1 }
  const after = (parent: Link, hash: string, owner = false): Link => ({
    ...{ hash, parent: parent.hash, generation: parent.generation + 1, ownerSigned: parent.ownerSigned + (owner ? 1 : 0) },
  })

  it('has more changes of the owner, however long the other is', () => {
    const removal = after(root, 'ff', true)
    const signedOn = [...Array(20).keys()].reduce<Link[]>((way, i) => [...way, after(way.at(-1) ?? root, `1${i}`)], [])
    const links = [root, removal, ...signedOn]
    expect(winsOver(removal, signedOn.at(-1) as Link, linkIn(links))).toBe(true)
    expect(winsOver(signedOn.at(-1) as Link, removal, linkIn(links))).toBe(false)
  })

  it('or else begins with the smaller hash, and what follows a change stands above it', () => {
    const [a, b] = [after(root, '0a'), after(root, '0b')]
    const long = after(after(b, '01'), '02')
    const links = [root, a, b, after(b, '01'), long]
    expect(winsOver(a, long, linkIn(links))).toBe(true)
    expect(winsOver(long, b, linkIn(links))).toBe(true)
    expect(winsOver(b, b, linkIn(links))).toBe(false)
    expect(fork(a, long, linkIn(links))).toEqual({ common: root, firstA: a, firstB: b })
  })
})
