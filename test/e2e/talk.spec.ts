/** Conversations as people know them, between two programs and a relay: what one does with a message the other one sees, and it lasts. */
import { expect, type Locator } from 'playwright/test'
import { connect, hears, log, openConversation, say, unlock, type Person } from './people.ts'
import { test } from './twoPeople.ts'

const message = (me: Person, other: Person, text: string | RegExp): Locator => log(me, other).getByRole('article').filter({ hasText: text })

async function choose(me: Person, on: Locator, item: string): Promise<void> {
  await on.click({ button: 'right' })
  await me.page.getByRole('menuitem', { name: item, exact: true }).click()
}

async function letTypingBeKnown({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: /Network, settings and lock/ }).click()
  await page.getByRole('menuitem', { name: /Settings/ }).click()
  await page.getByRole('tab', { name: 'Privacy' }).click()
  await page.getByRole('checkbox', { name: /when I’m writing/ }).check()
  await page.keyboard.press('Escape')
}

test('replies, reactions, edits, deletions, pins, notes, the archive, read ticks, typing and messages that disappear', async ({
  alice,
  bob,
}) => {
  await connect(alice, bob)

  await test.step('read is told, and looks it', async () => {
    await say(alice, bob, 'Which train on Saturday?')
    await hears(bob, alice, 'Which train on Saturday?')
    await bob.page.bringToFront()
    await expect(log(alice, bob).getByRole('img', { name: 'Read by Bob' })).toBeVisible()
  })

  await test.step('a reply quotes, and leads there', async () => {
    await choose(bob, message(bob, alice, 'Which train'), 'Reply')
    const field = bob.page.getByRole('textbox', { name: 'Message Alice' })
    await field.fill('The **8:12**, see https://trains.example/8-12')
    await field.press('Enter')
    const reply = message(alice, bob, '8:12')
    await expect(reply.getByRole('button', { name: /Which train on Saturday/ })).toBeVisible()
    await expect(reply.locator('strong')).toHaveText('8:12')
  })

  await test.step('a reaction, and taken back', async () => {
    await choose(alice, message(alice, bob, '8:12'), 'React')
    await alice.page.getByRole('dialog', { name: 'React to the message' }).getByRole('button', { name: '👍' }).click()
    const pill = (me: Person, other: Person) => log(me, other).getByRole('button', { name: /^👍 by/ })
    await expect(pill(bob, alice)).toHaveAccessibleName('👍 by Alice')
    await pill(bob, alice).click()
    await expect(pill(alice, bob)).toHaveAccessibleName('👍 by you and Bob')
    await pill(alice, bob).click()
    await expect(pill(bob, alice)).toHaveAccessibleName('👍 by you')
  })

  await test.step('an edit, with what it said before', async () => {
    const field = alice.page.getByRole('textbox', { name: 'Message Bob' })
    await field.press('ArrowUp')
    await field.fill('Which train on Sunday?')
    await field.press('Enter')
    await message(bob, alice, 'Which train on Sunday?')
      .first()
      .getByRole('button', { name: /^Edited/ })
      .click()
    await expect(bob.page.getByRole('dialog').getByText('Which train on Saturday?')).toBeVisible()
    await bob.page.keyboard.press('Escape')
  })

  await test.step('deleted for both', async () => {
    await say(alice, bob, 'The code is 4071')
    await hears(bob, alice, 'The code is 4071')
    await choose(alice, message(alice, bob, '4071'), 'Delete…')
    await alice.page.getByRole('button', { name: 'Delete for everyone' }).click()
    await expect(message(bob, alice, 'Alice deleted this message')).toBeVisible()
    await expect(log(bob, alice).getByText('4071')).toHaveCount(0)
  })

  await test.step('the other one sees that somebody is writing, where both want it', async () => {
    await letTypingBeKnown(alice)
    await letTypingBeKnown(bob)
    await bob.page.getByRole('textbox', { name: 'Message Alice' }).pressSequentially('hm')
    await expect(alice.page.getByText('Bob is writing…')).toBeVisible()
    await bob.page.getByRole('textbox', { name: 'Message Alice' }).fill('')
  })

  await test.step('a link shows where it leads before it opens', async () => {
    await log(alice, bob).getByRole('link', { name: 'https://trains.example/8-12' }).click()
    await expect(alice.page.getByRole('dialog').getByText('trains.example', { exact: true })).toBeVisible()
    const context = alice.page.context()
    await context.route('https://trains.example/**', (route) => route.fulfill({ contentType: 'text/html', body: 'there' }))
    const [opened] = await Promise.all([
      context.waitForEvent('page'),
      alice.page.getByRole('dialog').getByRole('button', { name: 'Open' }).click(),
    ])
    await opened.waitForURL('https://trains.example/8-12')
    expect(await opened.evaluate(() => opener === null && document.referrer === '')).toBe(true)
    await opened.close()
  })

  await test.step('pinned, forwarded to oneself, the conversation on top', async () => {
    await choose(alice, message(alice, bob, '8:12'), 'Pin')
    await expect(alice.page.getByRole('region', { name: 'Pinned messages' })).toBeVisible()
    await choose(alice, message(alice, bob, '8:12'), 'Forward…')
    await alice.page.getByRole('checkbox', { name: 'Note to self' }).check()
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Forward', exact: true }).click()
    await expect(alice.page.getByText('Forwarded to Note to self')).toBeVisible()
    await alice.page.getByRole('button', { name: 'More about Bob' }).click()
    await alice.page.getByRole('menuitem', { name: 'Pin to the top' }).click()
    await expect(alice.page.locator('.list .row').first()).toContainText('Bob')
  })

  await test.step('what disappears is gone on both', async () => {
    await alice.page.getByRole('button', { name: 'More about Bob' }).click()
    await alice.page.getByRole('menuitem', { name: 'Disappearing messages…' }).click()
    await alice.page.getByRole('radio', { name: '30 seconds' }).check()
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Set' }).click()
    await expect(log(bob, alice).getByText('Alice set new messages to disappear after 30 seconds.')).toBeVisible()
    await say(alice, bob, 'gone in a moment')
    await hears(bob, alice, 'gone in a moment')
    await expect(message(bob, alice, 'gone in a moment').getByRole('img', { name: /^Disappears in \d+ seconds$/ })).toBeVisible()
  })

  await test.step('archived, and back with the next message', async () => {
    await openConversation(alice, 'Note to self')
    await expect(alice.page.getByRole('article', { name: /8:12.*Forwarded/ })).toBeVisible()
    await alice.page.getByRole('navigation').getByRole('button', { name: /^Bob/ }).click({ button: 'right' })
    await alice.page.getByRole('menuitem', { name: 'Archive', exact: true }).click()
    await expect(alice.page.getByRole('button', { name: /^Archived/ })).toBeVisible()
    await say(bob, alice, 'Still there?')
    await expect(alice.page.getByRole('button', { name: /^Archived/ })).toHaveCount(0)
    await openConversation(alice, 'Bob')
    await hears(alice, bob, 'Still there?')
  })

  await test.step('everything is as it was after the program was closed and opened', async () => {
    for (const [me, other] of [
      [alice, bob],
      [bob, alice],
    ] as const)
      // prettier-ignore
      await expect(log(me, other).getByText('gone in a moment')).toHaveCount(0, { timeout: 45_000 })
    await alice.stop()
    await alice.start()
    await unlock(alice)
    await openConversation(alice, 'Bob')
    await expect(message(alice, bob, '8:12').getByRole('button', { name: /Which train on S/ })).toBeVisible()
    await expect(
      message(alice, bob, 'Which train on Sunday?')
        .first()
        .getByRole('button', { name: /^Edited/ }),
    ).toBeVisible()
    await expect(log(alice, bob).getByRole('button', { name: '👍 by Bob' })).toBeVisible()
    await expect(message(alice, bob, 'You deleted this message')).toBeVisible()
    await expect(alice.page.getByRole('region', { name: 'Pinned messages' })).toBeVisible()
    await expect(alice.page.getByRole('button', { name: 'New messages disappear after 30 seconds' })).toBeVisible()
    expect(await alice.page.locator('.list .row').first().innerText()).toContain('Bob')
  })
  expect(alice.complaints.concat(bob.complaints)).toEqual([])
})
