/**
 * A large file from one app to another: processes of their own, as is the relay between them. How fast it is handed over, goes up to the
 * relay, comes down, and does both at once, beside the same bytes over a plain connection; and how far the memory of both apps grows
 * meanwhile, beside what it grows by for a tenth of the file.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageFile } from '#shared/contract/itemModels.ts'
import type { RunningApp } from '../support/bridgeClient.ts'
import { sendFile } from '../support/files.ts'
import { arriveUnseen, callerOf, introduce } from '../support/unseen.ts'
import { startRelay } from './appPair.ts'
import { rawTransfer } from './rawTransfer.ts'
import type { Bench, Contest } from './runner.ts'
import { residentBytes } from './windows.ts'

const sampleMs = 50
const patienceMs = 15 * 60_000

interface Stage {
  sender: RunningApp
  receiver: RunningApp
  atSender: string
  atReceiver: string
}

/** Bytes a second, and what each process held at most. */
interface Transferred {
  handedOver: number
  up: number
  down: number
  most: { sender: number; receiver: number }
}

const until = async ({ events }: RunningApp, messageId: string, state: MessageFile['state']): Promise<MessageFile> => {
  const event = await events.waitFor(
    `the file is ${state}`,
    (one) => (one.type === 'file' && one.messageId === messageId && one.file.state === state) || isItem(one, messageId, state),
    patienceMs,
  )
  if (event.type === 'file') return event.file
  if (event.type === 'item' && event.item.kind === 'text' && event.item.file) return event.item.file
  throw new Error('no file in the event')
}

const isItem = (one: RunningApp['events']['all'][number], messageId: string, state: string): boolean =>
  one.type === 'item' && one.item.kind === 'text' && one.item.id === messageId && one.item.file?.state === state

/** The most that each process holds until `stop`, looked at every so often. */
function watchMemory(apps: Pick<Stage, 'sender' | 'receiver'>) {
  const most = { sender: 0, receiver: 0 }
  const look = () => {
    most.sender = Math.max(most.sender, residentBytes(apps.sender.pid))
    most.receiver = Math.max(most.receiver, residentBytes(apps.receiver.pid))
  }
  look()
  const timer = setInterval(look, sampleMs)
  return () => {
    look()
    clearInterval(timer)
    return most
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const start = performance.now()
  return { value: await work(), seconds: (performance.now() - start) / 1000 }
}

/** @param atOnce the receiver fetches while the sender sends; else `up` ends before `down` begins. */
async function transfer(stage: Stage, bytes: Uint8Array, atOnce: boolean): Promise<Transferred> {
  const { sender, receiver, atSender, atReceiver } = stage
  await receiver.client['settings.set']({ autoDownload: atOnce ? 'always' : 'never' })
  const stop = watchMemory(stage)
  const handed = await timed(() => sendFile(callerOf(sender), atSender, { bytes }))
  const { id } = handed.value
  const up = await timed(() => until(sender, id, 'sent'))
  if (!atOnce) await until(receiver, id, 'offered')
  const down = await timed(async () => {
    if (!atOnce) await receiver.client['files.fetch']({ id: atReceiver, messageId: id })
    return until(receiver, id, 'here')
  })
  const most = stop()
  if ((await digest(receiver, down.value)) !== createHash('sha256').update(bytes).digest('hex')) throw new Error('another file has arrived')
  const rate = (seconds: number) => bytes.length / seconds
  const downSeconds = atOnce ? up.seconds + down.seconds : down.seconds
  return { handedOver: rate(handed.seconds), up: rate(up.seconds), down: rate(downSeconds), most }
}

async function digest({ origin, cookie }: RunningApp, { id }: MessageFile): Promise<string> {
  const answer = await fetch(`${origin}/file/${id}`, { headers: { Cookie: cookie } })
  const hash = createHash('sha256')
  for await (const chunk of answer.body ?? []) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

/** One round for all figures: they belong together. */
export async function* filesContests(size: number): AsyncGenerator<Contest> {
  const [folder, relay] = [mkdtempSync(join(tmpdir(), 'cairn-bench-')), await startRelay()]
  const sender = await arriveUnseen('Ada', relay.address, join(folder, 'ada'))
  const receiver = await arriveUnseen('Ben', relay.address, join(folder, 'ben'))
  try {
    const { atInviter, atAcceptor } = await introduce(sender, receiver)
    const stage = { sender, receiver, atSender: atInviter, atReceiver: atAcceptor }
    const before = { sender: residentBytes(sender.pid), receiver: residentBytes(receiver.pid) }
    const small = await transfer(stage, randomBytes(Math.ceil(size / 10)), false)
    const bytes = randomBytes(size)
    const apart = await transfer(stage, bytes, false)
    const together = await transfer(stage, bytes, true)
    const source = join(folder, 'source')
    writeFileSync(source, bytes)
    const raw = await rawTransfer(source, folder, size)
    yield* rates({ 'handed over': apart.handedOver, up: apart.up, down: apart.down, 'up and down at once': together.down }, raw)
    for (const who of ['sender', 'receiver'] as const) {
      const grownBy = ({ most }: Transferred) => most[who] - before[who]
      yield* memory(who, grownBy(apart), grownBy(small))
      yield* memory(`${who}, second time`, grownBy(together), grownBy(small))
    }
  } finally {
    for (const app of [sender, receiver]) await app.kill()
    await relay.dispose()
    rmSync(folder, { recursive: true, force: true })
  }
}

const once = { rounds: 1, warmUps: 0, target: null } as const
const mega = (bytes: number): number => bytes / 1e6

function* rates(ours: Record<string, number>, raw: number): Generator<Contest> {
  const peer = { peer: 'plain copy over TCP, sealed', runPeer: () => mega(raw) }
  for (const [name, rate] of Object.entries(ours))
    yield { ...once, ...peer, case: name, metric: 'one file', unit: 'MB/s', better: 'more', runOurs: () => mega(rate) }
}

function* memory(of: string, ours: number, small: number): Generator<Contest> {
  const peer = { peer: 'a tenth of the file', runPeer: () => mega(small) }
  yield { ...once, ...peer, case: of, metric: 'growth of resident memory', unit: 'MB', better: 'less', runOurs: () => mega(ours) }
}

export const filesBench: Bench = { name: 'files', contests: () => filesContests(100 * 1024 * 1024) }
