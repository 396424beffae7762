/**
 * Published answers of ChaCha20-Poly1305, XChaCha20-Poly1305 and NaCl's secretbox.
 * Sources: RFC 8439 sections 2.8.2 and A.5 (IETF Trust); draft-irtf-cfrg-xchacha-03 appendix A.3.1 (IETF Trust); NaCl's tests/secretbox.c (public domain), as
 * libsodium's test/default/secretbox.c prints it.
 */
import { describe, expect, test } from 'vitest'
import { flipBit, fromHex, providers, withoutSodium } from '#test/support/providers.ts'

const xchacha = {
  plaintext: `4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f66
    66657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c642062652069742e`,
  ad: '50515253c0c1c2c3c4c5c6c7',
  key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
  nonce: '404142434445464748494a4b4c4d4e4f5051525354555657',
  sealed: `bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39
    ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
    21f9664c97637da9768812f615c68b13b52e c0875924c1c7987947deafd8780acf49`,
}

/** RFC 8439 section 2.8.2: the same plaintext and key as above. */
const chacha = {
  ...xchacha,
  nonce: '070000004041424344454647',
  sealed: `d31a8d34648e60db7b86afbc53ef7ec2 a4aded51296e08fea9e2b5a736ee62d6 3dbea45e8ca9671282fafb69da92728b
    1a71de0a9e060b2905d6a5b67ecd3b36 92ddbd7f2d778b8c9803aee328091b58 fab324e4fad675945585808b4831d7bc
    3ff4def08e4b7a9de576d26586cec64b 6116 1ae10b594f09e26a7e902ecbd0600691`,
}

/** RFC 8439 appendix A.5: decryption. */
const chachaA5 = {
  key: '1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0',
  nonce: '000000000102030405060708',
  ad: 'f33388860000000000004e91',
  sealed: `64a0861575861af460f062c79be643bd 5e805cfd345cf389f108670ac76c8cb2 4c6cfc18755d43eea09ee94e382d26b0
    bdb7b73c321b0100d4f03b7f355894cf 332f830e710b97ce98c8a84abd0b9481 14ad176e008d33bd60f982b1ff37c855
    9797a06ef4f0ef61c186324e2b350638 3606907b6a7c02b0f9f6157b53c867e4 b9166c767b804d46a59b5216cde7a4e9
    9040c5a40433225ee282a1b0a06c523e af4534d7f83fa1155b0047718cbc546a 0d072b04b3564eea1b422273f548271a
    0bb2316053fa76991955ebd63159434e cebb4e466dae5a1073a6727627097a10 49e617d91d361094fa68f0ff77987130
    305beaba2eda04df997b714d6c6f2c29 a6ad5cb4022b02709b eead9d67890cbb22392336fea1851f38`,
  begins: '496e7465726e65742d44726166747320',
}

const secretbox = {
  key: '1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389',
  nonce: '69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37',
  plaintext: `be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c6129
    6cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde
    048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705`,
  sealed: `f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a
    c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae
    90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5`,
}

const bytesOf = <T extends Record<string, string>>(vector: T) =>
  Object.fromEntries(Object.entries(vector).map(([name, text]) => [name, fromHex(text)])) as Record<keyof T, Uint8Array>

describe.each([...providers, ['node without libsodium', withoutSodium] as const])('%s', (_, primitives) => {
  test('draft-irtf-cfrg-xchacha-03 A.3.1', () => {
    const { key, nonce, plaintext, ad, sealed } = bytesOf(xchacha)
    expect(primitives.xchacha20poly1305.seal(key, nonce, plaintext, ad)).toEqual(sealed)
    expect(primitives.xchacha20poly1305.open(key, nonce, sealed, ad)).toEqual(plaintext)
    expect(() => primitives.xchacha20poly1305.open(key, nonce, flipBit(sealed, 0), ad)).toThrow('crypto.failed')
  })

  test('RFC 8439 2.8.2', () => {
    const { key, nonce, plaintext, ad, sealed } = bytesOf(chacha)
    expect(primitives.chacha20poly1305.seal(key, nonce, plaintext, ad)).toEqual(sealed)
    expect(primitives.chacha20poly1305.open(key, nonce, sealed, ad)).toEqual(plaintext)
    expect(() => primitives.chacha20poly1305.open(key, nonce, flipBit(sealed, 0), ad)).toThrow('crypto.failed')
  })

  test('RFC 8439 A.5', () => {
    const { key, nonce, ad, sealed, begins } = bytesOf(chachaA5)
    const plaintext = primitives.chacha20poly1305.open(key, nonce, sealed, ad)
    expect(plaintext).toHaveLength(265)
    expect(plaintext.subarray(0, 16)).toEqual(begins)
    expect(primitives.chacha20poly1305.seal(key, nonce, plaintext, ad)).toEqual(sealed)
  })

  test('NaCl secretbox', () => {
    const { key, nonce, plaintext, sealed } = bytesOf(secretbox)
    expect(primitives.secretbox.seal(key, nonce, plaintext)).toEqual(sealed)
    expect(primitives.secretbox.open(key, nonce, sealed)).toEqual(plaintext)
    expect(() => primitives.secretbox.open(key, nonce, flipBit(sealed, 3))).toThrow('crypto.failed')
  })
})
