/**
 * Honest members of a group come to hold to the same, whatever happened, and what is written to them is shown to them once. Every
 * schedule follows from its seed.
 *
 *     CAIRN_SEED=groups-17 npx vitest run --project unit test/simulation     one of them again
 *     npm run test:long                                                      thousands
 */
import { describe, expect, it } from 'vitest'
import { runSchedule } from './schedule.ts'

const one = process.env['CAIRN_SEED']
const count = Number(process.env['CAIRN_SCHEDULES'] ?? 200)
/** They found something once: an owner who had left. */
const found = ['groups-463', 'groups-561']
const seeds = one === undefined ? [...new Set([...Array.from({ length: count }, (_, i) => `groups-${i}`), ...found])] : [one]

describe('groups by chance', () => {
  it(`${seeds.length} schedules end with one roster each, and every message shown once`, { timeout: 60_000 + count * 1_000 }, () => {
    const failed: string[] = []
    let [members, delivered, owed] = [0, 0, 0]
    for (const seed of seeds) {
      try {
        const result = runSchedule(seed)
        members += result.members
        delivered += result.delivered
        owed += result.owed
      } catch (error) {
        failed.push(
          `CAIRN_SEED=${seed}\n${error instanceof Error ? error.message : String(error)}\n${error instanceof Error && one ? error.stack : ''}`,
        )
      }
    }
    if (one !== undefined) console.log({ members, delivered, owed })
    expect(failed.slice(0, 5).join('\n\n'), `${failed.length} of ${seeds.length} failed`).toBe('')
    expect(members).toBeGreaterThan(seeds.length) // they were about something
    if (one === undefined) expect(owed).toBeGreaterThan(5 * seeds.length)
  })
})
