import { describe, expect, it, test } from 'vitest'
import { parseLanOptions } from '#main/node/lanOptions.ts'
import { spawnProcess } from '#test/support/process.ts'

const program = 'src-main/node/lanMain.ts'
const group = '([0-9a-f]{4}(?: [0-9a-f]{4}){7})'

test('a server and its clients as processes: what is printed, and how each ends', async () => {
  const silent = spawnProcess(program, ['127.0.0.1:9']) // nobody there: the one that takes fifty tries
  const server = spawnProcess(program, ['--server', '--bind', '127.0.0.1:0'])
  const [, address = ''] = await server.line(/^listening on (127\.0\.0\.1:\d+), profile cairn$/)
  const client = spawnProcess(program, [address])
  const [second, wrong] = [spawnProcess(program, ['--server', '--bind', address]), spawnProcess(program, ['--serve'])]

  expect(await client.exited).toBe(0)
  const said = new RegExp(
    `^connected to ${address}, profile cairn\nfingerprint of the other side: ${group}\nthe secure channel stands\nchannel, [a-z ]+: ${group}\n$`,
  ).exec(client.stdout())
  const [, port, fingerprint, channel] = await server.line(
    new RegExp(`^client 127\\.0\\.0\\.1:(\\d+)  fingerprint ${group}  channel ${group}$`),
  )
  expect(said?.[2]).toBe(channel)
  await server.line(new RegExp(`^client 127\\.0\\.0\\.1:${port} left$`))
  expect(client.stdout()).not.toContain(fingerprint) // each is shown the other's

  expect(await second.exited).toBe(1)
  expect(second.stderr()).toBe(`Another program listens on ${address} already.\n`)
  expect(await wrong.exited).toBe(2)
  expect(wrong.stderr()).toMatch(/^Usage: npm run lan -- --server/)
  expect(await silent.exited).toBe(1)
  expect([silent.stdout(), silent.stderr()]).toEqual(['', expect.stringMatching(/^127\.0\.0\.1:9 did not answer in 50 tries\./)])

  process.kill(server.pid, 'SIGINT')
  expect(await server.exited).toBe(0)
})

describe('the command line', () => {
  it.each([
    [[], 'client', '127.0.0.1', 6711, 'cairn'],
    [['192.168.1.100'], 'client', '192.168.1.100', 6711, 'cairn'],
    [['10.0.0.1:7000', '--profile', 'bittrrt'], 'client', '10.0.0.1', 7000, 'bittrrt'],
    [['--profile=cairn', '[::1]:7'], 'client', '::1', 7, 'cairn'],
    [['--server'], 'server', '0.0.0.0', 6711, 'cairn'],
    [['--server', '--bind', '[::]:0', '--profile', 'bittrrt'], 'server', '::', 0, 'bittrrt'],
    [['--server', '--bind', '127.0.0.1'], 'server', '127.0.0.1', 6711, 'cairn'],
  ] as const)('%j', (args, role, host, port, name) => {
    expect(parseLanOptions([...args])).toMatchObject({ role, address: { host, port }, profile: { name } })
  })

  it.each([
    [['--bind', '127.0.0.1']],
    [['--server', '10.0.0.1']],
    [['10.0.0.1', '10.0.0.2']],
    [['10.0.0.1:0']],
    [['10.0.0.1:70000']],
    [['']],
    [['--server', '--bind', 'localhost:1']],
    [['--server', '--bind']],
    [['--profile', 'other']],
    [['--help']],
  ])('%j is refused, with how it is used', (args) => {
    expect(() => parseLanOptions(args)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining('Usage: npm run lan') }),
    )
  })
})
