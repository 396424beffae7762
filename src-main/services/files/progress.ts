/** Tells windows how far files have come: each at most four times a second while it moves, and at once when it comes to rest. */
import { fileModel } from '../../storage/fileModel.ts'
import type { FileRow } from '../../storage/fileStore.ts'
import { uuidText } from '../../storage/itemModel.ts'
import type { Core } from '../core.ts'

const tellEvery = 250
/** The speed is that of the last few seconds. */
const measuredFor = 4_000

interface Track {
  toldAt: number
  samples: { at: number; done: number }[]
}

export type Progress = ReturnType<typeof createProgress>

export function createProgress(core: Core) {
  const tracks = new Map<string, Track>()

  function tell(row: FileRow, moving: { done?: number; speed?: number | null; error?: string | null } = {}): void {
    const contact = core.stores.contacts.byNo(row.contact)
    if (!contact) return
    const messageId = uuidText(row.id)
    core.emit({ type: 'file', conversationId: contact.id, messageId, file: fileModel(row, moving) })
  }

  return {
    /** So many bytes of it have moved in all; `error` is what holds it up. */
    moved(row: FileRow, done: number, error: string | null = null): void {
      const now = core.now()
      const track = tracks.get(row.file) ?? { toldAt: -Infinity, samples: [] }
      tracks.set(row.file, track)
      track.samples = [...track.samples.filter(({ at }) => now - at < measuredFor), { at: now, done }]
      if (now - track.toldAt < tellEvery && error === null) return
      track.toldAt = now
      tell(row, { done, speed: speedOf(track.samples), error })
    },
    /** It moves no more, as its row says. In the caller's transaction. */
    rested(row: FileRow): void {
      tracks.delete(row.file)
      tell(row)
    },
  }
}

function speedOf(samples: Track['samples']): number | null {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last || last.at - first.at < tellEvery) return null
  return Math.round(((last.done - first.done) * 1000) / (last.at - first.at))
}
