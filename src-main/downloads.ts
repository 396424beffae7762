/** What is ready to leave the program as a file: each once, by a token that only the window knows, while the profile stays open. */
import { hex } from './protocol/bytes.ts'
import type { Clock, Random } from './ports.ts'
import type { Download } from './appTypes.ts'

/** Fetched within this time or not at all. */
const keptFor = 10 * 60_000

export type Downloads = ReturnType<typeof createDownloads>

export function createDownloads({ clock, random }: { clock: Clock; random: Random }) {
  const waiting = new Map<string, { download: Download; cancel: () => void }>()
  const running = new Set<Download>()

  function drop(token: string): Download | null {
    const found = waiting.get(token)
    if (!found) return null
    waiting.delete(token)
    found.cancel()
    return found.download
  }

  function end(download: Download): void {
    running.delete(download)
    download.end()
  }

  return {
    /** The path a host serves it at. */
    offer(download: Download): { path: string; name: string } {
      const token = hex(random(32))
      const cancel = clock.after(keptFor, () => drop(token)?.end())
      waiting.set(token, { download, cancel })
      return { path: `/export/${token}`, name: download.name }
    },
    take(token: string): Download | null {
      const download = drop(token)
      if (!download) return null
      running.add(download)
      return { ...download, end: () => end(download) }
    },
    /** Also what is on its way is cut off. */
    clear(): void {
      for (const token of waiting.keys()) drop(token)?.end()
      for (const download of running) end(download)
    },
  }
}
