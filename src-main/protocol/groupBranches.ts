/**
 * Which of a group's branches counts, docs/protocol.md section 9: the one with more changes signed by the owner since the two parted; of
 * equal ones, that whose first change has the smaller hash. Length never counts, but nothing stands above what follows it.
 *
 * The rule orders all heads of one tree (first by the number of owners' changes from the beginning, then as words are ordered by the
 * hashes along their way), so everybody who knows the same changes holds to the same one, in whatever order they came.
 */

/** A change as the order needs it; hashes in hex. */
export interface Link {
  hash: string
  parent: string | null
  generation: number
  /** Changes from the beginning up to this one whose signer was the owner before them. */
  ownerSigned: number
}

/** Asked for ancestors only, which are all known. */
export type LinkOf = (hash: string) => Link

const parentOf = (link: Link, linkOf: LinkOf): Link => {
  if (link.parent === null) throw new Error('two heads without a common beginning')
  return linkOf(link.parent)
}

/** The ancestor of `link`, or itself, with that generation. */
function ancestorAt(link: Link, generation: number, linkOf: LinkOf): Link {
  let at = link
  while (at.generation > generation) at = parentOf(at, linkOf)
  return at
}

/** The last change that both have in their way, and the first of each that the other has not (null where one follows the other). */
export function fork(a: Link, b: Link, linkOf: LinkOf): { common: Link; firstA: Link | null; firstB: Link | null } {
  const lower = Math.min(a.generation, b.generation)
  let [x, y] = [ancestorAt(a, lower, linkOf), ancestorAt(b, lower, linkOf)]
  if (x.hash === y.hash) {
    const next = (end: Link) => (end.generation === lower ? null : ancestorAt(end, lower + 1, linkOf))
    return { common: x, firstA: next(a), firstB: next(b) }
  }
  let [firstA, firstB] = [x, y]
  while (x.hash !== y.hash) {
    firstA = x
    firstB = y
    x = parentOf(x, linkOf)
    y = parentOf(y, linkOf)
  }
  return { common: x, firstA, firstB }
}

/** Whether members who hold to `held` go over to `other`. */
export function winsOver(other: Link, held: Link, linkOf: LinkOf): boolean {
  const { firstA, firstB } = fork(other, held, linkOf)
  if (firstA === null) return false
  if (firstB === null) return true
  if (other.ownerSigned !== held.ownerSigned) return other.ownerSigned > held.ownerSigned
  return firstA.hash < firstB.hash
}
