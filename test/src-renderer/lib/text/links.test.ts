import { expect, test } from 'vitest'
import { linkAt, linkFacts } from '../../../../src-renderer/lib/text/links.ts'

const factsOf = (text: string) => linkFacts(linkAt(text, 0)!.href!, linkAt(text, 0)!.text)

test.each([
  ['https://relay.example/a?b#c', { host: 'relay.example', letters: null, differs: false }],
  ['https://Relay.Example:443', { host: 'relay.example', differs: false }],
  ['https://relay.example:7443/x', { host: 'relay.example:7443', differs: false }],
  ['https://bücher.example', { host: 'xn--bcher-kva.example', letters: 'bücher.example', differs: false }],
  ['https://xn--bcher-kva.example', { host: 'xn--bcher-kva.example', letters: null, differs: false }],
  ['https://bank.example\\@evil.example/', { host: 'bank.example', differs: true }],
  ['http://2130706433/', { host: '127.0.0.1', differs: true }],
  ['http://ｅvil.example/', { host: 'evil.example', differs: true }],
  ['mailto:mira@relay.example?subject=x', { host: 'mira@relay.example', isMail: true, differs: false }],
])('%s: what is to be known before it is opened', (text, facts) => expect(factsOf(text)).toMatchObject(facts))
