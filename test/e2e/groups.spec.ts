/** A group of three, two of whom know each other by nothing else: made, joined, talked in, changed, and left by one who reads nothing new. */
import { expect, type Locator } from 'playwright/test'
import { arrive, connect, settleIn, openConversation, say, type Person } from './people.ts'
import { test } from './twoPeople.ts'

const name = 'Old Mill hikers'
const log = ({ page }: Person): Locator => page.getByRole('log', { name: `Messages in ${name}` })
const message = (me: Person, text: string): Locator => log(me).getByRole('article').filter({ hasText: text })

async function write({ page }: Person, text: string): Promise<void> {
  const field = page.getByRole('textbox', { name: `Message ${name}` })
  await field.fill(text)
  await field.press('Enter')
}

async function hear(people: readonly Person[], text: string): Promise<void> {
  for (const one of people) await expect(message(one, text)).toBeVisible()
}

const details = ({ page }: Person, called = name): Locator => page.getByRole('complementary', { name: `Details of ${called}` })
const member = (me: Person, who: string): Locator => details(me).getByRole('listitem').filter({ hasText: who })

async function act(me: Person, who: string, item: RegExp): Promise<void> {
  await member(me, who)
    .getByRole('button', { name: `More about ${who}` })
    .click()
  await me.page.getByRole('menuitem', { name: item }).click()
}

async function rename(me: Person, from: string, to: string): Promise<void> {
  await details(me, from)
    .getByRole('button', { name: /Name and picture/ })
    .click()
  await me.page.getByLabel('Name', { exact: true }).fill(to)
  await me.page.getByRole('button', { name: 'Save', exact: true }).click()
}

test('a group brings its members together, who talk, change it, and keep out whom they removed', async ({ alice, bob, browser, relay }) => {
  const cleo = await arrive(browser, 'Cleo')
  const everybody = [alice, bob, cleo]
  try {
    await settleIn(cleo, relay.address)
    await connect(alice, bob)
    await connect(alice, cleo)

    await test.step('Alice makes it, and the others are asked', async () => {
      await alice.page.getByRole('button', { name: 'New', exact: true }).click()
      await alice.page.getByRole('menuitem', { name: /New group/ }).click()
      await alice.page.getByLabel('Name', { exact: true }).fill(name)
      for (const who of ['Bob', 'Cleo']) await alice.page.getByRole('checkbox', { name: who }).check()
      await alice.page.getByRole('button', { name: 'Make group' }).click()
      for (const one of [bob, cleo]) {
        await openConversation(one, name)
        await expect(one.page.getByRole('heading', { name: `Alice invites you to ${name}` })).toBeVisible()
        await one.page.getByRole('button', { name: 'Accept' }).click()
      }
    })

    await test.step('all hear each other, by introductions that run by themselves', async () => {
      for (const one of everybody) {
        await openConversation(one, name)
        await expect(one.page.getByText('3 members').first()).toBeVisible()
        await one.page.getByRole('button', { name: 'Details', exact: true }).click()
        await expect(details(one).getByText('You hear each other')).toHaveCount(2)
      }
      // what each says of the others comes a little later, and then is what is so
      for (const one of everybody) await expect(details(one).getByText(/can’t hear/)).toHaveCount(0)
    })

    await test.step('what one writes all read, with its author, and an answer quotes', async () => {
      await write(bob, 'Which path on Saturday?')
      await hear(everybody, 'Which path on Saturday?')
      await expect(log(cleo).getByText('Bob', { exact: true }).first()).toBeVisible()
      await message(cleo, 'Which path').click({ button: 'right' })
      await cleo.page.getByRole('menuitem', { name: 'Reply', exact: true }).click()
      await write(cleo, 'The one along the stream')
      await hear(everybody, 'The one along the stream')
      await expect(message(bob, 'along the stream').getByRole('button', { name: /Which path on Saturday/ })).toBeVisible()
      await message(alice, 'along the stream').click({ button: 'right' })
      await alice.page.getByRole('menuitem', { name: 'React', exact: true }).click()
      await alice.page.getByRole('dialog', { name: 'React to the message' }).getByRole('button', { name: '👍' }).click()
      for (const one of [bob, cleo]) await expect(log(one).getByRole('button', { name: '👍 by Alice' })).toBeVisible()
    })

    await test.step('how far a message has come is told for each member', async () => {
      await log(bob)
        .getByRole('article', { name: /^You: Which path/ })
        .click({ button: 'right' })
      await bob.page.getByRole('menuitem', { name: 'Delivery…' }).click()
      const dialog = bob.page.getByRole('dialog', { name: 'How far it has come' })
      for (const who of ['Alice', 'Cleo']) await expect(dialog.getByText(who)).toBeVisible()
      await bob.page.keyboard.press('Escape')
    })

    await test.step('the owner makes an admin, who names the group anew', async () => {
      await act(alice, 'Bob', /Make admin/)
      await expect(log(bob).getByText('Alice made you an admin.').or(log(bob).getByText('Alice made Bob an admin.'))).toBeVisible()
      await rename(bob, name, `${name} 2`)
      await expect(cleo.page.getByRole('navigation', { name: 'Conversations' }).getByText(`${name} 2`, { exact: true })).toBeVisible()
      await rename(bob, `${name} 2`, name)
      for (const one of everybody) await expect(log(one)).toBeVisible()
    })

    await test.step('who was removed keeps what was said, and gets nothing new', async () => {
      await act(alice, 'Cleo', /Remove from the group/)
      await alice.page.getByRole('button', { name: 'Remove Cleo' }).click()
      await expect(cleo.page.getByText(/You were removed from this group/).first()).toBeVisible()
      await expect(details(bob).getByRole('listitem').filter({ hasText: 'Cleo' })).toHaveCount(0)
      await write(alice, 'Between the two of us')
      await hear([alice, bob], 'Between the two of us')
      await openConversation(alice, 'Cleo')
      await say(alice, cleo, 'You are out, sorry')
      await openConversation(cleo, 'Alice')
      await expect(cleo.page.getByText('You are out, sorry').first()).toBeVisible()
      await openConversation(cleo, name)
      await hear([cleo], 'along the stream')
      await expect(message(cleo, 'Between the two of us')).toHaveCount(0)
      await expect(cleo.page.getByRole('textbox', { name: `Message ${name}` })).toHaveCount(0)
    })

    for (const one of everybody) expect(one.complaints).toEqual([])
  } finally {
    await cleo.close()
  }
})
