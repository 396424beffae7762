/** Very much at once: a long conversation read from its end to its beginning and back, and much that waited while the program was off. */
import { join } from 'node:path'
import { expect, test, type Page } from 'playwright/test'
import type { RunningApp } from '#test/support/bridgeClient.ts'
import { eventually } from '#test/support/eventually.ts'
import { newMessageId } from '#test/support/messageId.ts'
import { spawnProcess } from '#test/support/process.ts'
import { spawnRelay } from '#test/support/processes.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { arriveUnseen, introduce } from '#test/support/unseen.ts'
import { arrive, openConversation, passphrase, unlock } from './people.ts'

/** What the window keeps of a conversation (`maxItems` of stores/messages.ts), and one page on its way. */
const mostBubbles = 330

interface Reading {
  /** Numbers in the order in which they came into the document. */
  numbers: number[]
  /** Numbers that stood in the document twice at a time, or next to one that is not their neighbour. */
  wrong: string[]
  mostBubbles: number
}

/**
 * In the page: scrolls as a wheel does, frame by frame, until `last` can be seen, and looks at every bubble on the way. The numbers of a
 * conversation are those in its texts. Gives up after 600 frames in which nothing has changed.
 */
const read = ({ last, step }: { last: number; step: number }): Promise<Reading> =>
  new Promise((resolve) => {
    const seen = new Set<number>()
    const reading: Reading = { numbers: [], wrong: [], mostBubbles: 0 }
    let [before, still] = ['', 0]
    const look = (): void => {
      const box = document.querySelector('.log') as HTMLElement
      const bubbles = [...box.querySelectorAll('.bubble')]
      const numbers = bubbles.map(({ textContent }) => Number(/Number (\d+)/.exec(textContent)?.[1]))
      reading.mostBubbles = Math.max(reading.mostBubbles, bubbles.length)
      numbers.forEach((number, i) => {
        if (i > 0 && number !== (numbers[i - 1] ?? NaN) + 1) reading.wrong.push(`${String(numbers[i - 1])} ${String(number)}`)
        if (!seen.has(number)) reading.numbers.push(number)
        seen.add(number)
      })
      const { top, bottom } = box.getBoundingClientRect()
      const isThere = bubbles.some((bubble, i) => {
        const rect = bubble.getBoundingClientRect()
        return numbers[i] === last && rect.bottom > top && rect.top < bottom
      })
      const now = [box.scrollTop, numbers[0], numbers.length].join(' ')
      still = now === before ? still + 1 : 0
      before = now
      if (isThere || still === 600) return resolve(reading)
      box.scrollTop += step
      requestAnimationFrame(look)
    }
    look()
  })

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)
const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b)
const bubble = (page: Page, number: number) => page.locator('.log .bubble', { hasText: `Number ${String(number)} of many` })

test('a very long conversation: to its first message and back with nothing missing or doubled, in a document that stays small', async ({
  browser,
}) => {
  const [contacts, messages] = [150, 1200]
  const ada = await arrive(browser, 'Ada')
  const { page } = ada
  try {
    await ada.stop()
    await spawnProcess('test/support/longProfile.ts', [ada.profileDir, passphrase, String(contacts), String(messages)]).line(
      /^ready$/,
      60_000,
    )
    ada.complaints.length = 0 // of a page whose app was stopped under it
    await ada.start()
    await unlock(ada)
    await openConversation(ada, 'Ada Holt 1')
    await expect(bubble(page, messages)).toBeInViewport()

    const up = await page.evaluate(read, { last: 1, step: -1000 })
    expect(up.wrong).toEqual([])
    expect(sorted(up.numbers)).toEqual(upTo(messages))
    const down = await page.evaluate(read, { last: messages, step: 1000 })
    expect(down.wrong).toEqual([])
    expect(sorted(down.numbers)).toEqual(upTo(messages))
    expect(Math.max(up.mostBubbles, down.mostBubbles)).toBeLessThanOrEqual(mostBubbles)

    await page.keyboard.press('Control+f')
    await page.getByRole('textbox', { name: 'Search in the conversation with Ada Holt 1' }).fill('"number 42 of"')
    await expect(bubble(page, 42)).toBeInViewport()
    expect(await page.locator('.log .bubble').count()).toBeLessThanOrEqual(mostBubbles)
    await page.getByRole('button', { name: 'Jump to newest' }).click()
    await expect(bubble(page, messages)).toBeInViewport()
    await expect(bubble(page, 42)).not.toBeAttached()
    expect(ada.complaints).toEqual([])
  } finally {
    await ada.close()
  }
})

/** So many numbered texts, all of them at the relay. */
async function write({ client, events }: RunningApp, to: string, count: number): Promise<void> {
  for (const i of upTo(count))
    await client['conversations.send']({ id: to, messageId: newMessageId(), text: `Number ${String(i)} of many` })
  const sent = () =>
    new Set(events.all.flatMap((e) => (e.type === 'item' && e.item.kind === 'text' && e.item.status === 'sent' ? [e.item.id] : [])))
  await eventually(
    'everything is at the relay',
    () => Promise.resolve(sent().size),
    (size) => size === count,
    60_000,
  )
}

test('hundreds of messages that waited: all of them in order, counted right, and the window answers meanwhile', async ({ browser }) => {
  const folder = temporaryFolder()
  const relay = await spawnRelay(['--unlimited-rates'])
  const ben = await arrive(browser, 'Ben')
  await ben.stop()
  const unseen = await arriveUnseen('Ben', relay.address, ben.profileDir)
  const contacts: RunningApp[] = []
  try {
    for (const name of ['Ada', 'Cleo']) contacts.push(await arriveUnseen(name, relay.address, join(folder.path, name)))
    const [ada, cleo] = contacts as [RunningApp, RunningApp]
    const [{ atInviter: atAda }, { atInviter: atCleo }] = [await introduce(ada, unseen), await introduce(cleo, unseen)]
    await unseen.stop()
    await Promise.all([write(ada, atAda, 160), write(cleo, atCleo, 60)])

    ben.complaints.length = 0 // of a page whose app was stopped under it
    await ben.start()
    await unlock(ben)
    const row = (name: string) =>
      ben.page.getByRole('navigation', { name: 'Conversations' }).getByRole('button', { name: new RegExp(`^${name}`) })
    const counted = async () => Number((await row('Ada').locator('.count [aria-hidden]').allInnerTexts())[0] ?? 0)
    do {
      await ben.page.getByRole('button', { name: 'New', exact: true }).click()
      await expect(ben.page.getByRole('menuitem', { name: /Invite someone/ })).toBeVisible()
      await ben.page.keyboard.press('Escape')
      await expect(ben.page.getByRole('menuitem', { name: /Invite someone/ })).toHaveCount(0)
    } while ((await counted()) < 160)
    await expect(row('Ada')).toHaveAccessibleName(/160 unread/)
    await expect(row('Cleo')).toHaveAccessibleName(/60 unread/)

    for (const [name, count] of [
      ['Ada', 160],
      ['Cleo', 60],
    ] as const) {
      await row(name).click()
      await ben.page
        .getByRole('log', { name: `Messages with ${name}` })
        .locator('.bubble')
        .first()
        .waitFor()
      await ben.page.evaluate(read, { last: 1, step: -1000 })
      const reading = await ben.page.evaluate(read, { last: count, step: 1000 })
      expect(reading.wrong).toEqual([])
      expect(reading.numbers).toEqual(upTo(count))
      await expect(row(name).locator('.count')).toHaveCount(0)
    }
    expect(ben.complaints).toEqual([])
  } finally {
    await ben.close()
    for (const contact of contacts) await contact.kill()
    await unseen.kill()
    await relay.dispose()
    folder.remove()
  }
})
