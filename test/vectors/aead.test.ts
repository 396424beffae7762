/**
 * Published answers of XChaCha20-Poly1305 and NaCl's secretbox.
 * Sources: draft-irtf-cfrg-xchacha-03 appendix A.3.1 (IETF Trust); NaCl's tests/secretbox.c (public domain), as
 * libsodium's test/default/secretbox.c prints it.
 */
import { describe, expect, test } from 'vitest'
import { flipBit, fromHex, providers } from '#test/support/providers.ts'

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

describe.each(providers)('%s', (_, primitives) => {
  test('draft-irtf-cfrg-xchacha-03 A.3.1', () => {
    const { key, nonce, plaintext, ad, sealed } = bytesOf(xchacha)
    expect(primitives.xchacha20poly1305.seal(key, nonce, plaintext, ad)).toEqual(sealed)
    expect(primitives.xchacha20poly1305.open(key, nonce, sealed, ad)).toEqual(plaintext)
    expect(() => primitives.xchacha20poly1305.open(key, nonce, flipBit(sealed, 0), ad)).toThrow('crypto.failed')
  })

  test('NaCl secretbox', () => {
    const { key, nonce, plaintext, sealed } = bytesOf(secretbox)
    expect(primitives.secretbox.seal(key, nonce, plaintext)).toEqual(sealed)
    expect(primitives.secretbox.open(key, nonce, sealed)).toEqual(plaintext)
    expect(() => primitives.secretbox.open(key, nonce, flipBit(sealed, 3))).toThrow('crypto.failed')
  })
})
