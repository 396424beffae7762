/** What two people say to each other, remembered, so that what their windows show can be held against it. */
import type { TextMessage } from '#shared/contract/itemModels.ts'
import type { Round } from '#test/support/judgeHistory.ts'
import type { Person } from './person.ts'

export interface Talk {
  readonly rounds: readonly Round[]
  /** `count` messages each way, every one sent after the one before has arrived; then until all are receipted. */
  inTurns(about: string, count: number): Promise<void>
  /** `count` messages each way, both people at once. */
  atOnce(about: string, count: number): Promise<void>
  /** Until both windows show everything that was said, and every own message has its receipt. */
  settled(): Promise<void>
}

/** What is still to come, in words that tell at a deadline what was waited for. */
function missingIn(messages: TextMessage[], rounds: readonly Round[]): string[] {
  const shown = new Set(messages.map(({ text }) => text))
  const said = rounds.flatMap((round) => Object.values(round)).flat()
  const absent = said.filter((text) => !shown.has(text)).map((text) => `${text}: not there`)
  const unreceipted = messages.filter(({ own, status }) => status !== (own ? 'delivered' : 'received'))
  return [...absent, ...unreceipted.map(({ text, own, status }) => `${text}: ${own ? 'own' : "the other's"}, ${status}`)]
}

export function createTalk(alice: Person, bob: Person): Talk {
  const rounds: Round[] = []
  const other = (person: Person) => (person === alice ? bob : alice)

  const say = async (person: Person, text: string) => {
    const sent = await person.send(text)
    const reader = other(person)
    const isThere = async () => (await reader.messages()).some(({ id }) => id === sent.id)
    await reader.until(`"${text}" arrives`, isThere, Boolean)
  }

  const settled = async () => {
    for (const person of [alice, bob]) {
      const unsettled = async () => missingIn(await person.messages(), rounds)
      await person.until('everything is there and receipted', unsettled, (faults) => faults.length === 0)
    }
  }

  return {
    rounds,
    settled,
    async inTurns(about, count) {
      for (let n = 1; n <= count; n++) {
        for (const person of [alice, bob]) {
          const text = `${person.name}, ${about}, ${n}`
          rounds.push({ [person.name]: [text] })
          await say(person, text)
        }
      }
      await settled()
    },
    async atOnce(about, count) {
      const texts = (person: Person) => Array.from({ length: count }, (_, n) => `${person.name}, ${about}, ${n + 1}`)
      rounds.push({ [alice.name]: texts(alice), [bob.name]: texts(bob) })
      const sendAll = async (person: Person) => {
        for (const text of texts(person)) await person.send(text)
      }
      await Promise.all([sendAll(alice), sendAll(bob)])
      await settled()
    },
  }
}
