/** The LAN link between two hosts with a cable between them: network namespaces of this computer, where those can be made. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const host = resolve(import.meta.dirname, '../../../support/lanHost.ts')
const id = String(process.pid % 100_000)
const [left, right] = [`cairn-l${id}`, `cairn-r${id}`]
const [leftLink, rightLink] = [`cl${id}`, `cr${id}`]
const processes: ChildProcess[] = []

const ip = (line: string): boolean => spawnSync('ip', line.split(' ')).status === 0

/** Two namespaces and a cable that carries the least that IPv6 allows. */
function build(): boolean {
  const lines = [
    `netns add ${left}`,
    `netns add ${right}`,
    `link add ${leftLink} mtu 1280 netns ${left} type veth peer name ${rightLink} mtu 1280 netns ${right}`,
    `-n ${left} addr add 10.99.0.1/24 dev ${leftLink}`,
    `-n ${right} addr add 10.99.0.2/24 dev ${rightLink}`,
    `-n ${left} link set ${leftLink} up`,
    `-n ${right} link set ${rightLink} up`,
  ]
  return process.getuid?.() === 0 && lines.every(ip)
}

const isBuilt = build()
const loses = isBuilt && ip(`netns exec ${left} tc qdisc add dev ${leftLink} root netem loss 10% delay 2ms 1ms`)
if (!isBuilt) console.warn('not run: the LAN link between two hosts, as no network namespaces can be made here')
else if (!loses) console.warn('the LAN link between two hosts is run without loss, as tc netem is not there')

afterAll(() => {
  for (const one of processes) one.kill('SIGKILL')
  for (const name of [left, right]) ip(`netns del ${name}`)
})

function start(name: string, ...args: string[]): ChildProcess & { firstLine: Promise<string> } {
  const child = spawn('ip', ['netns', 'exec', name, process.execPath, host, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  processes.push(child)
  const firstLine = once(child.stdout, 'data').then(([data]) => String(data).trim())
  return Object.assign(child, { firstLine })
}

it.skipIf(!isBuilt)('messages go there and come back, once and in order', async () => {
  const port = await start(left, 'server', '10.99.0.1').firstLine
  expect(await start(right, 'client', '10.99.0.1', port).firstLine).toBe('60 true')
})
