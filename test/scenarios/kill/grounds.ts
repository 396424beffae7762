/** States that scenarios begin with, made once in folders that are then copied. */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { exchange, type Ground } from './scenarios.ts'
import { settle } from './settle.ts'
import { openStage, passphrase, type Prepared, type Stage, type StageOptions } from './stage.ts'

type Settings = Pick<StageOptions, 'speed' | 'patienceMs' | 'port'>

/** `dir` gets a folder for each ground. Everything in them knows the relay by its port. */
export async function prepareGrounds(dir: string, settings: Settings): Promise<Record<Ground, Prepared>> {
  const open = (prepared: Prepared | null) => openStage({ ...settings, dir: join(dir, 'stage'), prepared, victim: null })
  const strangers = await grow(open, null, join(dir, 'strangers'), introduce)
  const friends = await grow(open, strangers, join(dir, 'friends'), async (stage) => {
    await exchange(stage)
    await settle(stage)
  })
  const later = await grow(open, friends, join(dir, 'restored'), async ({ alice, bob, until }) => {
    for (let n = 1; n <= 2; n++) {
      await alice.say(`alice, after the copy, ${n}`)
      await bob.say(`bob, after the copy, ${n}`)
    }
    const receipted = async () => (await Promise.all([alice.texts(), bob.texts()])).flat()
    await until('all is receipted', receipted, (texts) => texts.every(({ own, status }) => !own || status === 'delivered'))
  })
  await rm(join(later.dir, 'bob'), { recursive: true })
  await cp(join(friends.dir, 'bob'), join(later.dir, 'bob'), { recursive: true })
  return { strangers, friends, restored: later }
}

async function introduce({ people, relayAddress }: Stage): Promise<void> {
  for (const { name, ask } of people) {
    await ask['profile.create']({ name, passphrase, relay: { kind: 'address', address: relayAddress } })
    await ask['settings.set']({ history: 'yes' }) // nobody is there to be asked
  }
}

async function grow(
  open: (prepared: Prepared | null) => Promise<Stage>,
  from: Prepared | null,
  dir: string,
  act: (stage: Stage) => Promise<void>,
): Promise<Prepared> {
  const stage = await open(from)
  await act(stage)
  const idOf = async (n: 0 | 1) => (await stage.people[n].ask['app.state']({})).profile?.id ?? ''
  const ids = { alice: await idOf(0), bob: await idOf(1) }
  const then = stage.now()
  await stage.close(dir)
  return { dir, then, ids, said: { alice: stage.alice.said, bob: stage.bob.said } }
}
