/** Tells the demo: in words with the seconds since it began, or as JSON lines. */

export type Facts = Record<string, unknown>

export interface Narrator {
  /** One step that is over. `facts` are for the JSON; `words` for people. */
  tell(step: string, words: string, facts?: Facts): void
}

export function createNarrator({ json, write }: { json: boolean; write: (line: string) => void }): Narrator {
  const began = performance.now()
  let last = began
  return {
    tell(step, words, facts = {}) {
      const now = performance.now()
      const [atMs, tookMs] = [Math.round(now - began), Math.round(now - last)]
      last = now
      write(json ? JSON.stringify({ step, ...facts, atMs, tookMs }) : `${(atMs / 1000).toFixed(2).padStart(7)} s  ${words}`)
    },
  }
}
