/** What two people say to each other, remembered, so that what their windows show can be held against it. */
import type { Round } from '#test/support/judgeHistory.ts'
import type { Person } from './person.ts'

export interface Talk {
  readonly rounds: readonly Round[]
  /** `count` messages each way, every one sent after the one before has been read and receipted. */
  inTurns(about: string, count: number): Promise<void>
  /** `count` messages each way, both people at once. */
  atOnce(about: string, count: number): Promise<void>
  /** Until both windows show as many messages as were said, and every own one has its receipt. */
  settled(): Promise<void>
}

export function createTalk(alice: Person, bob: Person): Talk {
  const rounds: Round[] = []
  const said = () => rounds.flatMap((round) => Object.values(round)).flat().length
  const other = (person: Person) => (person === alice ? bob : alice)

  const say = async (person: Person, text: string) => {
    const sent = await person.send(text)
    const reader = other(person)
    await reader.until(`"${text}" arrives`, reader.messages, (messages) => messages.some(({ id }) => id === sent.id))
    await person.until(`the receipt of "${text}"`, person.messages, (messages) =>
      messages.some(({ id, status }) => id === sent.id && status === 'delivered'),
    )
  }

  const settled = async () => {
    for (const person of [alice, bob]) {
      await person.until(
        'everything is there and receipted',
        person.messages,
        (messages) => messages.length >= said() && messages.every(({ own, status }) => status === (own ? 'delivered' : 'received')),
      )
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
