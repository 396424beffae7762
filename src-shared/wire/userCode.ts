/** Codes of directory users (docs/services/directory.md): seven characters of Crockford's base32, made to be read aloud and typed. */

export const codeAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
export const codeLength = 7
/** As people type it: any case, O for 0, I and L for 1. */
export const typedCode = /^[0-9A-TV-Za-tv-z]{7}$/

/** @param typed that matches `typedCode` */
export const normalCode = (typed: string): string => typed.toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1')
