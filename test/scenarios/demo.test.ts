import { describe, expect, it } from 'vitest'
import { spawnProcess } from '#test/support/process.ts'

describe('the demo', () => {
  it('mends every broken session and loses nothing', { timeout: 200_000 }, async () => {
    const demo = spawnProcess('test/demo/main.ts', ['--json'])
    const code = await demo.exited
    const lines = demo
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: string; pid?: number })
    const last = { step: 'done', ok: true, lost: 0, duplicates: 0, misordered: 0, foreign: 0, messages: 54 }
    expect([code, demo.stderr(), lines.at(-1)]).toEqual([0, '', expect.objectContaining(last)])
    const steps = 'relay profile profile invite inspected connected messages copied messages'
    const heal = 'restored reset healed messages'
    expect(lines.map(({ step }) => step).join(' ')).toBe(`${steps} ${heal} ${heal} byHand messages crossed messages done`)
    const pids = new Set(lines.flatMap(({ pid }) => pid ?? []))
    expect(pids.size).toBe(6) // the relay, Alice, and Bob four times
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  it('leaves no process behind when it is told to end', { timeout: 60_000 }, async () => {
    const demo = spawnProcess('test/demo/main.ts', ['--json'])
    await demo.line(/"step":"connected"/, 60_000)
    const pids = [...demo.stdout().matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid))
    expect(pids).toHaveLength(3)
    await expect(demo.stop()).rejects.toThrow('ended with 1')
    expect(JSON.parse(demo.stdout().trim().split('\n').at(-1) ?? '')).toMatchObject({ step: 'done', ok: false, error: 'ended by SIGTERM' })
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})
