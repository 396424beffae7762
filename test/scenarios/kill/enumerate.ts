/** Records every scenario for every victim, and then kills at each point, several at a time. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnKillable, type Waiting } from '#test/support/killable.ts'
import type { KillAt, KillPoint } from '#test/support/killPoints.ts'
import { prepareGrounds } from './grounds.ts'
import { type Ground, type Scenario, scenarios } from './scenarios.ts'
import { noticed, settle } from './settle.ts'
import { openStage, type PartName, type Prepared } from './stage.ts'

/** One scenario with one victim. */
export interface Series {
  scenario: Scenario
  victim: PartName
}

export interface Task extends Series {
  at: KillAt
}

export interface Outcome extends Task {
  /** False: this run never came to the point, three times over; the order of frames differs a little from run to run. */
  killed: boolean
  /** Why what must hold does not hold; `null` when it does. */
  fault: string | null
  /** What was counted on the way (`noticed`). */
  noticed: string[]
  ms: number
}

export interface EnumerateOptions {
  /** Points tried at the same time. */
  lanes: number
  /** How many times as fast as the computer's clock the apps' and relays' is. */
  speed: number
  /** Deadline of everything that is waited for, in ms of the computer's clock. Against hanging only. */
  patienceMs: number
  /** After so many ms only points of a series of which none was tried yet. */
  budgetMs?: number
  wanted?: (series: Series) => boolean
  /** Which of all recorded points are tried. */
  pick?: (recorded: readonly Task[]) => readonly Task[]
  onRecorded?: (series: Series, points: readonly KillPoint[], ms: number) => void
  onOutcome?: (outcome: Outcome) => void
}

export interface Enumeration {
  recorded: Task[]
  outcomes: Outcome[]
}

export const nameOf = ({ scenario, victim }: Series): string => `${scenario.name}/${victim}`
export const textOf = ({ name, nth, when }: KillAt): string => `${when} ${name} ${nth}`

const mostTries = 3

/** @throws where a scenario fails although nobody was killed. */
export async function enumerate(options: EnumerateOptions): Promise<Enumeration> {
  const dir = await mkdtemp(join(tmpdir(), 'cairn-kill-'))
  const lanes = await Promise.all(Array.from({ length: options.lanes }, (_, n) => openLane(join(dir, String(n)), options)))
  try {
    const all = scenarios.flatMap((scenario) => scenario.victims.map((victim) => ({ scenario, victim })))
    const recorded: Task[] = []
    await share(lanes, all.filter(options.wanted ?? (() => true)), async (lane, series) => {
      const { points, ms } = await lane.record(series)
      options.onRecorded?.(series, points, ms)
      for (const point of points) for (const when of ['before', 'after'] as const) recorded.push({ ...series, at: { ...point, when } })
    })
    const outcomes: Outcome[] = []
    const began = performance.now()
    await share(lanes, options.pick?.(recorded) ?? recorded, async (lane, task) => {
      const isLate = performance.now() - began > (options.budgetMs ?? Infinity)
      if (isLate && outcomes.some((one) => one.killed && nameOf(one) === nameOf(task))) return
      const outcome = await lane.attempt(task)
      outcomes.push(outcome)
      options.onOutcome?.(outcome)
    })
    return { recorded, outcomes }
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()))
    await rm(dir, { recursive: true, force: true })
  }
}

/** Each lane takes the next piece of work as soon as it has finished one. */
async function share<T>(lanes: readonly Lane[], work: readonly T[], act: (lane: Lane, piece: T) => Promise<void>): Promise<void> {
  const left = [...work]
  const goOn = async (lane: Lane) => {
    for (let piece = left.shift(); piece !== undefined; piece = left.shift()) await act(lane, piece)
  }
  await Promise.all(lanes.map(goOn))
}

type Lane = Awaited<ReturnType<typeof openLane>>

/** A port of its own, because profiles remember their relay by it, and a process loaded in advance. */
async function openLane(dir: string, { speed, patienceMs }: EnumerateOptions) {
  const settings = { speed, patienceMs, port: await freePort() }
  const grounds: Record<Ground, Prepared> = await prepareGrounds(dir, settings)
  const spawn = () => spawnKillable(join(dir, '..', 'compiled'))
  let next: Waiting = spawn()

  const play = async ({ scenario, victim }: Series, at: KillAt | null) => {
    const process = next
    next = spawn()
    const prepared = grounds[scenario.ground]
    const stage = await openStage({ ...settings, dir: join(dir, 'stage'), prepared, victim: { part: victim, at, process } })
    try {
      await scenario.play(stage)
      const points = await stage.points()
      await settle(stage, scenario.allowed)
      return { points, killed: stage.isKilled(), fault: null, noticed: await noticed(stage) }
    } catch (error) {
      return { points: null, killed: stage.isKilled(), fault: await explain(error, stage), noticed: [] }
    } finally {
      await stage.close()
    }
  }

  return {
    async record(series: Series): Promise<{ points: KillPoint[]; ms: number }> {
      const began = performance.now()
      const { points, fault } = await play(series, null)
      if (fault !== null || points === null) throw new Error(`${nameOf(series)} fails although nobody was killed: ${fault ?? 'it died'}`)
      return { points, ms: Math.round(performance.now() - began) }
    },
    async attempt(task: Task): Promise<Outcome> {
      const began = performance.now()
      let tries = 1
      let result = await play(task, task.at)
      while (!result.killed && result.fault === null && tries++ < mostTries) result = await play(task, task.at)
      const { killed, fault } = result
      return { ...task, killed, fault, noticed: result.noticed, ms: Math.round(performance.now() - began) }
    },
    close: () => next.dispose(),
  }
}

const explain = async (error: unknown, stage: Awaited<ReturnType<typeof openStage>>): Promise<string> => {
  const counted = await noticed(stage).catch(() => ['nothing more is known'])
  return [error instanceof Error ? error.message : 'something that is no error was thrown', ...counted, ...stage.warnings].join('\n    ')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
