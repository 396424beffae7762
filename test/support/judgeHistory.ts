/** What two people see of one conversation, held against what they said: the arithmetic behind "nothing lost, nothing twice". */

/** Messages of one round may cross, so only each author's order is defined; every message of a round comes before the next round. */
export type Round = Readonly<Record<string, readonly string[]>>

export interface Shown {
  id: string
  author: string
  text: string
}

export interface Verdict {
  /** Said, and not shown. */
  lost: string[]
  /** Shown more than once, by id or by text; each extra one counts. */
  duplicates: string[]
  /** Shown, and never said, or by somebody else. */
  foreign: string[]
  /** Shown before something that was said before it. */
  misordered: string[]
}

/** Judges one person's list, oldest first. Texts are unique in `rounds`; each names one message. */
export function judgeHistory(rounds: readonly Round[], shown: readonly Shown[]): Verdict {
  const said = new Map<string, { author: string; round: number; turn: number }>()
  rounds.forEach((byAuthor, round) => {
    for (const [author, texts] of Object.entries(byAuthor)) texts.forEach((text, turn) => said.set(text, { author, round, turn }))
  })
  const seenTexts = new Set<string>()
  const seenIds = new Set<string>()
  const verdict: Verdict = { lost: [], duplicates: [], foreign: [], misordered: [] }
  let latestRound = -1
  const latestTurn = new Map<string, number>()
  for (const { id, author, text } of shown) {
    const place = said.get(text)
    if (place?.author !== author) verdict.foreign.push(text)
    else if (seenTexts.has(text) || seenIds.has(id)) verdict.duplicates.push(text)
    else {
      const key = `${place.round} ${author}`
      if (place.round < latestRound || place.turn < (latestTurn.get(key) ?? -1)) verdict.misordered.push(text)
      latestRound = Math.max(latestRound, place.round)
      latestTurn.set(key, Math.max(place.turn, latestTurn.get(key) ?? -1))
    }
    seenTexts.add(text)
    seenIds.add(id)
  }
  verdict.lost = [...said.keys()].filter((text) => !seenTexts.has(text))
  return verdict
}

export const isClean = (verdict: Verdict): boolean => Object.values(verdict).every((list: string[]) => list.length === 0)
