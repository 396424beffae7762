/**
 * Writes a profile with a long conversation and many short ones into the folder it is given; every text has its number in it. A process of
 * its own, since Playwright compiles tests in another way.
 */
import { createLargeProfile } from '../bench/largeProfile.ts'

const [dir = '', passphrase = '', contacts = '', longest = ''] = process.argv.slice(2)
const messages = Number(longest) + 2 * (Number(contacts) - 1)
await createLargeProfile({
  ...{ dir, passphrase, relay: 'ws://127.0.0.1:9', contacts: Number(contacts), messages, longest: Number(longest) / messages },
  textOf: (i) => `Number ${String(i + 1)} of many`,
})
process.stdout.write('ready\n')
