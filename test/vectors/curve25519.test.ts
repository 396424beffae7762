/**
 * Published answers of X25519 and Ed25519.
 * Sources: RFC 7748 sections 5.2 (both cases, and one and one thousand iterations) and 6.1; RFC 8032 section 7.1 (tests 1,
 * 2, 3 and SHA(abc)). IETF Trust, code components.
 */
import { describe, expect, test } from 'vitest'
import { fromHex, noble, providers, toHex } from '#test/support/providers.ts'

const x25519Cases = [
  {
    scalar: 'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    u: 'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    out: 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  },
  {
    scalar: '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    u: 'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    out: '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  },
]

const ed25519Cases = [
  {
    name: '1',
    secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    public: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature: `e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
      5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b`,
  },
  {
    name: '2',
    secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    public: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature: `92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
      085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00`,
  },
  {
    name: '3',
    secret: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    public: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature: `6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
      18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a`,
  },
  {
    name: 'SHA(abc)',
    secret: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    public: 'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    message: `ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a
      2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f`,
    signature: `dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589
      09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704`,
  },
]

describe.each(providers)('%s', (name, { x25519, ed25519 }) => {
  test.each(x25519Cases)('RFC 7748 5.2, scalar $scalar', ({ scalar, u, out }) => {
    expect(toHex(x25519.sharedSecret(fromHex(scalar), fromHex(u)))).toBe(out)
  })

  const iterate = (times: number) => {
    let [k, u] = [fromHex('09'.padEnd(64, '0')), fromHex('09'.padEnd(64, '0'))]
    for (let i = 0; i < times; i++) [k, u] = [x25519.sharedSecret(k, u), k]
    return toHex(k)
  }

  test('RFC 7748 5.2, iterated', () => {
    expect(iterate(1)).toBe('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079')
    // A thousand take noble a second and a half, so only the fast provider runs them.
    if (name === 'node') expect(iterate(1000)).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51')
  })

  test('RFC 7748 6.1, Diffie-Hellman', () => {
    const a = fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')
    const b = fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
    expect(toHex(x25519.publicKey(a))).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
    expect(toHex(x25519.publicKey(b))).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
    expect(toHex(x25519.sharedSecret(a, x25519.publicKey(b)))).toBe(shared)
    expect(toHex(x25519.sharedSecret(b, x25519.publicKey(a)))).toBe(shared)
  })

  test.each(ed25519Cases)('RFC 8032 7.1, test $name', (vector) => {
    const [secret, publicKey, message, signature] = [vector.secret, vector.public, vector.message, vector.signature].map(fromHex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    expect(ed25519.publicKey(secret)).toEqual(publicKey)
    expect(ed25519.sign(secret, message)).toEqual(signature)
    expect(ed25519.verify(publicKey, message, signature)).toBe(true)
  })
})

test('the reference agrees with itself on the order of arguments', () => {
  const [first] = ed25519Cases
  const [secret, message] = [fromHex(first?.secret ?? ''), fromHex('00')]
  expect(noble.ed25519.verify(noble.ed25519.publicKey(secret), message, noble.ed25519.sign(secret, message))).toBe(true)
  expect(noble.ed25519.verify(noble.ed25519.publicKey(secret), fromHex('01'), noble.ed25519.sign(secret, message))).toBe(false)
})
