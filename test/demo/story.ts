/** The demo's story, from the first start to the last crossed reset. */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { spawnRelay } from '#test/support/processes.ts'
import { isClean, judgeHistory, type Round, type Shown, type Verdict } from '#test/support/judgeHistory.ts'
import type { Narrator } from './narrator.ts'
import { createPerson, passphrase, type Person, shownTo } from './person.ts'
import { createTalk, type Talk } from './talk.ts'

interface Stage {
  folder: string
  narrator: Narrator
  alice: Person
  bob: Person
  talk: Talk
}

/** Plays it all; true when it went as it should. Every process it started is gone afterwards, whatever happened. */
export async function play({ folder, narrator, signal }: { folder: string; narrator: Narrator; signal: AbortSignal }): Promise<boolean> {
  const person = (name: string) => createPerson({ name, profileDir: join(folder, name.toLowerCase()), signal })
  const [alice, bob] = [person('Alice'), person('Bob')]
  const stage: Stage = { folder, narrator, alice, bob, talk: createTalk(alice, bob) }
  const relay = await spawnRelay()
  const killAll = async () => void (await Promise.all([alice.kill(), bob.kill(), relay.dispose()]))
  signal.addEventListener('abort', () => void killAll())
  try {
    narrator.tell('relay', `The relay listens on ${relay.address} (process ${relay.pid}).`, { pid: relay.pid, address: relay.address })
    await act(stage, relay.address)
    const verdicts = await finalVerdicts(stage)
    await Promise.all([alice.stop(), bob.stop()])
    await relay.stop()
    return conclude(narrator, stage.talk.rounds, verdicts, null)
  } catch (error) {
    const reason: unknown = signal.aborted ? signal.reason : error
    const verdicts = await finalVerdicts(stage).catch(() => null) // the apps may be what failed; the reason is told below
    for (const { name, log } of [alice, bob]) process.stderr.write(`What ${name}'s app logged:\n${log()}\n`)
    return conclude(narrator, stage.talk.rounds, verdicts, reason)
  } finally {
    await killAll()
  }
}

async function act(stage: Stage, relayAddress: string): Promise<void> {
  const { alice, bob, talk, narrator } = stage
  await begin(stage, relayAddress)
  await meet(stage)
  await talk.inTurns('first', 10)
  await tellTalk(stage, 'messages', 'They exchange ten messages each way, one answering the other.')

  const copy = join(stage.folder, 'copy-of-bob')
  const linesInCopy = (await bob.resetLines()).length
  await bob.stop()
  await bob.saveCopy(copy)
  await wake(bob)
  narrator.tell('copied', `Bob quits, his profile folder is copied, and he starts again (process ${bob.pid}).`, { pid: bob.pid })
  await talk.inTurns('since the copy', 5)
  await tellTalk(stage, 'messages', 'Five more each way, every one receipted.')

  await restore(stage, copy, linesInCopy, 'first')
  await restore(stage, copy, linesInCopy, 'second')

  await resetBy([alice], stage)
  await resetBy([alice, bob], stage)
}

async function begin({ alice, bob, narrator }: Stage, relayAddress: string): Promise<void> {
  for (const person of [alice, bob]) {
    await person.start()
    const { profile } = await person.client['profile.create']({
      name: person.name,
      passphrase,
      relay: { kind: 'address', address: relayAddress },
    })
    await person.client['settings.set']({ history: 'yes' }) // nobody sits here to be asked
    const words = `${person.name} starts Cairn for the first time (process ${person.pid}) and chooses a name, a passphrase and the relay.`
    narrator.tell('profile', words, { name: person.name, pid: person.pid, id: profile?.id })
  }
}

async function meet({ folder, alice, bob, narrator }: Stage): Promise<void> {
  const invite = await alice.client['invites.create']({ label: 'Bob' })
  const file = join(folder, basename(invite.file.name))
  await writeFile(file, invite.file.text)
  narrator.tell('invite', `Alice writes an invite to a file, ${basename(file)}.`, {
    id: invite.id,
    file: basename(file),
    bytes: invite.file.text.length,
  })

  const text = await readFile(file, 'utf8')
  const preview = await bob.client['invites.inspect']({ text })
  if (preview.kind !== 'full' || preview.name !== alice.name || preview.relation !== 'new')
    throw new Error('the invite does not say what it should')
  narrator.tell('inspected', `Bob opens the file: it is from ${preview.name}, who is new to him.`, { id: preview.id, name: preview.name })

  bob.contactId = (await bob.client['invites.accept']({ text: preview.text })).id
  const used = async () => (await alice.client['invites.list']({})).find(({ id }) => id === invite.id)
  alice.contactId =
    (await alice.until('the invite is answered', used, (answered) => typeof answered?.contactId === 'string'))?.contactId ?? ''
  await Promise.all([alice, bob].map((person) => person.until('the session is open', person.conversation, ({ state }) => state === 'open')))
  const ids = { Alice: bob.contactId, Bob: alice.contactId }
  narrator.tell('connected', 'Bob accepts; the session is open on both sides.', { ids, session: (await sameSession(alice, bob)).sessionId })
}

async function wake(person: Person): Promise<void> {
  await person.start()
  await person.unlock()
}

/** Bob's old keystore comes back. Both must notice by themselves, and both must show everything once and in order. */
async function restore(stage: Stage, copy: string, linesInCopy: number, which: 'first' | 'second'): Promise<void> {
  const { alice, bob, talk, narrator } = stage
  const linesBefore = (await alice.resetLines()).length
  await bob.stop()
  await bob.putBack(copy)
  await wake(bob)
  narrator.tell('restored', `Bob's old copy is put back (the ${which} time) and he starts again (process ${bob.pid}).`, {
    which,
    pid: bob.pid,
  })

  const after = await afterReset(stage, [linesBefore, linesInCopy])
  const troubles = { Alice: alice.troubles(), Bob: bob.troubles() }
  const words = "Bob's app notices that the world has moved on and asks for a new session, Alice's app agrees; nobody did anything."
  narrator.tell('reset', words, { ...after, troubles })

  await talk.settled()
  await tellTalk(stage, 'healed', 'Everything said before is there once, in order, on both sides.')
  await talk.atOnce(`after the ${which} restore`, 3)
  await tellTalk(stage, 'messages', 'Messages go both ways again.')
}

async function resetBy(people: Person[], stage: Stage): Promise<void> {
  const { alice, bob, talk, narrator } = stage
  const before: [number, number] = [(await alice.resetLines()).length, (await bob.resetLines()).length]
  await Promise.all(people.map((person) => person.client['sessions.reset']({ id: person.contactId })))
  const after = await afterReset(stage, before)
  const crossed = people.length > 1
  const words = crossed
    ? 'Both reset the session at the same moment; they agree on one new session.'
    : 'Alice resets the session by hand; Bob follows.'
  narrator.tell(crossed ? 'crossed' : 'byHand', words, after)
  await talk.atOnce(crossed ? 'after the crossed reset' : 'after the reset by hand', 3)
  await tellTalk(stage, 'messages', 'Messages go both ways.')
}

/** Waits until both windows show the reset and both apps are on the new session. One reset, crossed or not, is one line. */
async function afterReset({ alice, bob }: Stage, linesBefore: [number, number]) {
  const newLines = (person: Person, n: number) => async () => (await person.resetLines()).slice(linesBefore[n])
  const people = [alice, bob]
  await Promise.all(people.map((person, n) => person.until('a line about the reset', newLines(person, n), (lines) => lines.length > 0)))
  const session = await sameSession(alice, bob)
  const [ours = [], theirs = []] = await Promise.all(people.map((person, n) => newLines(person, n)()))
  if (ours.length !== 1 || theirs.length !== 1) throw new Error(`one reset is told in ${ours.length} and ${theirs.length} lines`)
  return { ...session, by: { Alice: ours[0]?.by, Bob: theirs[0]?.by } }
}

/** Waits until nothing is wrong on either side and both are on the very same session. */
async function sameSession(alice: Person, bob: Person): Promise<{ sessionId: string | null; epoch: number | null }> {
  const read = async () => {
    const [ours, theirs] = await Promise.all([alice.details(), bob.details()])
    const troubles = (await Promise.all([alice.conversation(), bob.conversation()])).map(({ trouble }) => trouble)
    return { ours, theirs, troubles }
  }
  const { ours } = await alice.until('both are on one working session', read, ({ ours, theirs, troubles }) => {
    const isOne = ours.technical.sessionId !== null && ours.technical.sessionId === theirs.technical.sessionId
    return isOne && [ours, theirs].every(({ session }) => session.state === 'working') && troubles.every((trouble) => trouble === null)
  })
  return { sessionId: ours.technical.sessionId, epoch: ours.technical.epoch }
}

/** Says a step together with what both windows show after it; ends the demo when that is not right. */
async function tellTalk({ alice, bob, talk, narrator }: Stage, step: string, words: string): Promise<void> {
  const [seenByAlice, seenByBob] = [await shownTo(alice, bob), await shownTo(bob, alice)]
  const verdicts = { Alice: judgeHistory(talk.rounds, seenByAlice), Bob: judgeHistory(talk.rounds, seenByBob) }
  const isRight = Object.values(verdicts).every(isClean) && haveSameIds(seenByAlice, seenByBob)
  const shown = { Alice: seenByAlice.map(({ id }) => id), Bob: seenByBob.map(({ id }) => id) }
  narrator.tell(step, `${words} Each sees ${seenByAlice.length} messages.`, { ok: isRight, count: seenByAlice.length, shown })
  if (!isRight) throw new Error(`what is shown is not what was said: ${JSON.stringify(verdicts)}`)
}

/** One message is one message on both sides: the same text under the same id. */
const haveSameIds = (ours: Shown[], theirs: Shown[]): boolean => {
  const idOf = new Map(theirs.map(({ text, id }) => [text, id]))
  return ours.length === theirs.length && ours.every(({ text, id }) => idOf.get(text) === id)
}

async function finalVerdicts({ alice, bob, talk }: Stage): Promise<Verdict[]> {
  return [judgeHistory(talk.rounds, await shownTo(alice, bob)), judgeHistory(talk.rounds, await shownTo(bob, alice))]
}

/** The last line. Without verdicts nothing can be said of what was lost, so nothing is. */
function conclude(narrator: Narrator, rounds: readonly Round[], verdicts: Verdict[] | null, error: unknown): boolean {
  const total = (kind: keyof Verdict) => verdicts?.reduce((sum, verdict) => sum + verdict[kind].length, 0) ?? null
  const counts = { lost: total('lost'), duplicates: total('duplicates'), misordered: total('misordered'), foreign: total('foreign') }
  const messages = rounds.flatMap((round) => Object.values(round)).flat().length
  const ok = error === null && Object.values(counts).every((count) => count === 0)
  const reason = error === null ? {} : { error: error instanceof Error ? error.message : 'something that is no error was thrown' }
  const words = ok
    ? `Done: ${messages} messages, none lost, none twice, all in order on both sides.`
    : `Failed: ${reason.error ?? 'not everything is shown as it was said'} (${JSON.stringify(counts)})`
  narrator.tell('done', words, { ok, ...counts, messages, ...reason })
  return ok
}
