/** Some hundreds who are connected and idle; `npm run bench -- relay` has ten thousand. */
import { expect, onTestFinished, test } from 'vitest'
import { connectCrowd, frameAcross, insertCrowd } from '#test/support/directoryCrowd.ts'
import { spawnRelay } from '#test/support/processes.ts'

const count = 300

test('a frame finds its way among idle sockets, and none of them is lost or told anything', { timeout: 60_000 }, async () => {
  const relay = await spawnRelay(['--trust-proxy'])
  onTestFinished(() => relay.dispose())
  await relay.stop()
  const users = insertCrowd(relay.dataDir, count)
  await relay.restart()
  const sockets = await connectCrowd(relay, users)
  onTestFinished(() => sockets.forEach(({ socket }) => socket.terminate()))
  for (const [from, to] of [
    [0, count - 1],
    [count - 1, 0],
    [7, 250],
  ] as const)
    await frameAcross(sockets, users, from, to)
  const recipients = new Set([0, count - 1, 250])
  for (const [i, { socket, texts }] of sockets.entries())
    expect([i, socket.readyState, texts.length]).toEqual([i, socket.OPEN, recipients.has(i) ? 2 : 1])
})
