/** What must hold after every scenario, whoever was killed in it, and wherever. */
import type { TextMessage } from '#shared/contract/itemModels.ts'
import { isClean, judgeHistory, type Shown } from '#test/support/judgeHistory.ts'
import { exchange } from './scenarios.ts'
import type { Person, Stage } from './stage.ts'

/**
 * One more text each way, and then: nothing lost, doubled, out of order or stuck, and nothing `noticed` that the scenario does not
 * bring about by itself: a session given up and made anew would hide that it was stuck. Throws with what is wrong.
 */
export async function settle(stage: Stage, allowed: readonly string[] = []): Promise<void> {
  const { alice, bob, people, until } = stage
  if ((await alice.conversation()) === null) await exchange(stage)
  await Promise.all(people.map((person) => person.say(`${person.name}, the last word after ${person.said.length}`)))
  for (const [person, peer] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    await until(
      `${person.name}: everything is there and receipted`,
      () => unsettled(person, peer),
      (faults) => faults.length === 0,
    )
    await until(
      `${person.name}: nothing is under way`,
      () => underWay(person),
      (faults) => faults.length === 0,
    )
  }
  const sessions = () => Promise.all(people.map(async (person) => (await person.details()).technical))
  await until(
    'both are on one session',
    sessions,
    ([ours, theirs]) => ours?.sessionId === theirs?.sessionId && ours?.epoch === theirs?.epoch,
  )
  await judge(alice, bob)
  await judge(bob, alice)
  const odd = (await noticed(stage)).filter((line) => !allowed.includes(line.replace(/ \d+$/, '').replace(/^\w+ /, '')))
  if (odd.length > 0) throw new Error(`what a restart must not cause: ${odd.join('; ')}`)
  const bad = stage.warnings.filter((warning) => !isExpected(warning))
  if (bad.length > 0) throw new Error(`warnings: ${bad.join('; ')}`)
}

/** A connection that ends in the middle of a question is what a kill is for. */
const isExpected = (warning: string): boolean => /^\w+ (relay\.refetch-failed|publisher\.refused)/.test(warning)

async function unsettled(person: Person, peer: Person): Promise<string[]> {
  const texts = await person.texts()
  const shown = new Set(texts.map(({ text }) => text))
  const absent = [...person.said, ...peer.said].filter((text) => !shown.has(text)).map((text) => `${text}: not there`)
  const wrong = texts.filter(({ own, status }) => status !== (own ? 'delivered' : 'received'))
  return [...absent, ...wrong.map(({ text, own, status }) => `${text}: ${own ? 'own' : "the other's"}, ${status}`)]
}

async function underWay(person: Person): Promise<string[]> {
  const [conversation, { technical, session }] = [await person.conversation(), await person.details()]
  return [
    ...(conversation?.trouble ? [`trouble: ${conversation.trouble.kind}`] : []),
    ...(conversation?.exchange ? ['an exchange'] : []),
    ...(technical.outbox > 0 ? [`outbox: ${technical.outbox}`] : []),
    ...(session.state === 'working' ? [] : [`session: ${session.state}`]),
  ]
}

/** Of one author the order is what it was; between two it is not defined. */
async function judge(person: Person, peer: Person): Promise<void> {
  const shown = (await person.texts()).map((text) => asShown(text, person, peer))
  const verdict = judgeHistory([{ [person.name]: person.said, [peer.name]: peer.said }], shown)
  if (!isClean(verdict)) throw new Error(`${person.name} does not see what was said: ${JSON.stringify(verdict)}`)
}

const asShown = ({ id, text, own }: TextMessage, person: Person, peer: Person): Shown => ({
  id,
  text,
  author: own ? person.name : peer.name,
})

/** Named refusals that were counted and lines about resets, with the person's name and how many. */
export async function noticed({ people }: Stage): Promise<string[]> {
  const lists = people.map(async (person) => {
    const { refused } = (await person.details()).technical
    const lines = (await person.items()).filter((item) => item.kind === 'system' && item.event === 'reset').length
    return Object.entries({ ...refused, ...(lines > 0 ? { [`${lines} lines about a reset`]: 1 } : {}) }).map(
      ([what, count]) => `${person.name} ${what} ${count}`,
    )
  })
  return (await Promise.all(lists)).flat()
}
