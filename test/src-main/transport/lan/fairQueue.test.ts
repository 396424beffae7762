import { expect, it } from 'vitest'
import type { DatagramSocket, Remote } from '#main/transport/lan/datagram.ts'
import { shareFairly } from '#main/transport/lan/fairQueue.ts'
import { createManualClock } from '#test/support/manualClock.ts'

const remote = (n: number): Remote => ({ address: `10.0.0.${String(n)}`, port: 6711 })

/** A system that takes what it holds only when it is told to. */
function createSlowWorld() {
  const clock = createManualClock()
  const given: string[] = []
  let waiting = 0
  let isClosed = false
  const socket: DatagramSocket = {
    local: remote(0),
    send(datagram, to) {
      given.push(`${to.address.slice(7)}:${String(datagram[0])}`)
      waiting++
    },
    waiting: () => waiting,
    onDatagram: () => undefined,
    close: () => void (isClosed = true),
  }
  /** The system takes `count` datagrams, and time passes. */
  const take = (count: number) => {
    waiting = Math.max(0, waiting - count)
    clock.step(clock.now() + 1)
  }
  return { shared: shareFairly(socket, clock), given, take, isClosed: () => isClosed }
}

const send = ({ shared }: ReturnType<typeof createSlowWorld>, to: number, count: number) => {
  for (let i = 0; i < count; i++) shared.send(Uint8Array.of(i), remote(to))
}

it('what the system takes at once passes in order', () => {
  const world = createSlowWorld()
  send(world, 1, 3)
  send(world, 2, 1)
  expect(world.given).toEqual(['1:0', '1:1', '1:2', '2:0'])
})

it('where it does not, remotes take turns, and each keeps its own order', () => {
  const world = createSlowWorld()
  send(world, 1, 16 + 4)
  send(world, 2, 2)
  send(world, 3, 1)
  expect(world.given).toHaveLength(16)
  world.take(16)
  expect(world.given.slice(16)).toEqual(['1:16', '2:0', '3:0', '1:17', '2:1', '1:18', '1:19'])
})

it('who comes later does not overtake what waits, although there is room', () => {
  const world = createSlowWorld()
  send(world, 1, 18)
  world.take(0)
  send(world, 2, 1)
  world.take(1)
  world.take(2)
  expect(world.given.slice(16)).toEqual(['1:16', '2:0', '1:17'])
})

it('one that sends without end loses what is too much, and takes nothing from others', () => {
  const world = createSlowWorld()
  send(world, 1, 10_000)
  expect(world.shared.waiting?.()).toBe(16 + 256)
  send(world, 2, 1)
  world.take(16)
  expect(world.given.slice(16, 18)).toEqual([`1:${String(16 % 256)}`, '2:0'])
})

it('is bounded for all together', () => {
  const world = createSlowWorld()
  for (let to = 1; to < 100; to++) send(world, to, 200)
  expect(world.shared.waiting?.()).toBe(16 + 8192)
})

it('gives away what waits before it closes', () => {
  const world = createSlowWorld()
  send(world, 1, 20)
  world.shared.close()
  expect([world.given.length, world.isClosed()]).toEqual([20, true])
})
