/** What the page can reach, asked of the real browser engine: the fake of the unit tests can only say what Electron was told. */
import { expect, test } from 'playwright/test'
import { arriveInWindow, type DesktopPerson } from './windows.ts'

let alice: DesktopPerson
test.beforeAll(async () => {
  alice = await arriveInWindow('Alice')
})
test.afterAll(() => alice.close())

test('the page has two functions and nothing of Node or Electron', async () => {
  const seen = await alice.page.evaluate(() => ({
    bridge: Object.keys(globalThis.cairn ?? {}).toSorted(),
    node: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter((name) => name in globalThis),
    origin: location.origin,
  }))
  expect(seen).toEqual({ bridge: ['call', 'subscribe'], node: [], origin: 'app://cairn' })
})

test('the page reaches no network and no file', async () => {
  const reached = await alice.page.evaluate(async () => {
    const addresses = [
      'https://example.org/',
      'http://127.0.0.1:1/',
      'file:///etc/passwd',
      'app://cairn/../main/electron.js',
      'app://elsewhere/',
    ]
    const answers = await Promise.all(addresses.map((url) => fetch(url).then((answer) => answer.ok, () => false))) // prettier-ignore
    return addresses.filter((_, i) => answers[i])
  })
  expect(reached).toEqual([])
})

test('the page goes nowhere and opens nothing', async () => {
  await alice.page.evaluate(() => {
    location.href = 'https://example.org/'
    window.open('http://example.org/')
  })
  await expect(alice.page.getByLabel('Your name')).toBeVisible()
  expect(alice.page.url()).toBe('app://cairn/')
  expect(alice.app.windows()).toHaveLength(1)
})

test('the page gets no place, no notifications', async () => {
  const states = await alice.page.evaluate(async () => {
    const query = (name: string) => navigator.permissions.query({ name: name as PermissionName }).then(({ state }) => state)
    return Promise.all(['geolocation', 'notifications'].map(query))
  })
  expect(states).not.toContain('granted')
})
