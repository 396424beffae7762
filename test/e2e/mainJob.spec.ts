/** The main job, as two people do it by hand: exchange an invite, talk, mend a broken session. */
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import {
  connect,
  connectByFile,
  copyProfile,
  hears,
  log,
  openConversation,
  restoreProfile,
  say,
  texts,
  unlock,
  type Person,
} from './people.ts'
import { test } from './twoPeople.ts'

test.describe(() => {
  test.use({ byHand: true })
  test('an invite file, talk with ticks, verification, and a reset by hand', async ({ alice, bob }) => {
    await connectByFile(alice, bob)
    await say(alice, bob, 'The path above the old mill is open again.')
    await hears(bob, alice, 'The path above the old mill is open again.')
    await say(bob, alice, 'Then Saturday it is.')
    await hears(alice, bob, 'Then Saturday it is.')
    await expect(log(alice, bob).getByRole('img', { name: 'Read by Bob' })).toBeVisible()

    await alice.page.getByRole('button', { name: 'Details', exact: true }).click()
    await bob.page.getByRole('button', { name: 'Details', exact: true }).click()
    const digits = (person: Person) => person.page.getByRole('group', { name: '60 digits in 12 groups' }).innerText()
    expect((await digits(alice)).replace(/\s+/g, ' ')).toBe((await digits(bob)).replace(/\s+/g, ' '))
    await alice.page.getByRole('button', { name: 'Mark verified' }).click()
    await alice.page.getByRole('button', { name: 'They match' }).click()
    await expect(log(alice, bob).getByText('You and Bob compared safety numbers. They match.')).toBeVisible()

    await alice.page.getByRole('button', { name: 'Reset session…' }).click()
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Reset session' }).click()
    await expect(log(alice, bob).getByText(/Session reset by you/)).toBeVisible()
    await expect(log(bob, alice).getByText(/Session reset by Alice/)).toBeVisible()
    await say(bob, alice, 'Still here?')
    await hears(alice, bob, 'Still here?')
    expect(alice.complaints.concat(bob.complaints)).toEqual([])
  })
})

test('a restored copy heals by itself and nothing is lost', async ({ alice, bob }) => {
  const folder = temporaryFolder()
  const copy = join(folder.path, 'copy')
  await connect(alice, bob)
  for (const n of [1, 2, 3]) {
    await say(alice, bob, `before ${n} from Alice`)
    await hears(bob, alice, `before ${n} from Alice`)
    await say(bob, alice, `before ${n} from Bob`)
    await hears(alice, bob, `before ${n} from Bob`)
  }
  await bob.stop()
  copyProfile(bob, copy)
  await bob.start()
  await unlock(bob)
  await openConversation(bob, 'Alice')
  for (const n of [1, 2]) {
    await say(alice, bob, `after ${n} from Alice`)
    await hears(bob, alice, `after ${n} from Alice`)
    await say(bob, alice, `after ${n} from Bob`)
    await hears(alice, bob, `after ${n} from Bob`)
  }
  await expect(log(bob, alice).getByRole('img', { name: /^Read by/ })).toHaveCount(5)

  await bob.stop()
  restoreProfile(bob, copy)
  await bob.start()
  await unlock(bob)
  await openConversation(bob, 'Alice')
  await expect(alice.page.getByText('Bob restored an older copy. Send back what it lacks?')).toBeVisible()
  await alice.page.getByRole('button', { name: 'Send back' }).click()
  await hears(bob, alice, 'after 2 from Alice')
  await hears(bob, alice, 'after 2 from Bob')
  await expect(log(bob, alice).getByText(/Session reset by/)).toHaveCount(1)
  await expect(log(alice, bob).getByText(/Session reset by/)).toHaveCount(1)
  const shown = (list: string[]) => list.map((text) => /(before|after) \d from (Alice|Bob)/.exec(text)?.[0])
  const expected = [...[1, 2, 3].map((n) => ['before', n]), ...[1, 2].map((n) => ['after', n])].flatMap(([when, n]) => [
    `${when} ${n} from Alice`,
    `${when} ${n} from Bob`,
  ])
  expect(shown(await texts(alice, bob))).toEqual(expected)
  await expect.poll(async () => shown(await texts(bob, alice))).toEqual(expected)
  folder.remove()
})
