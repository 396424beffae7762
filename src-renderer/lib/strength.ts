/**
 * A deliberately simple and pessimistic estimate of how hard a passphrase is to guess. It knows words, common
 * passwords, runs ("abcd", "1234", "qwer") and repetition; it cannot know that a phrase is a quotation or somebody's birthday. It never
 * forbids anything but a too short passphrase.
 */
export interface Strength {
  /** 0 too short, 1 weak, 2 fair, 3 strong, 4 excellent. */
  score: 0 | 1 | 2 | 3 | 4
  bits: number
}

/** About the entropy of a word drawn at random from a list of 7,776, which is what people are told to use. */
const wordBits = 12.9
const common = new Set(
  (
    'password passwort passphrase passwd secret geheim letmein welcome login admin master hello iloveyou love monkey dragon football baseball ' +
    'sunshine princess shadow superman batman trustno michael jordan summer winter spring autumn monday friday january cairn the and you this that my is to of in it a i'
  ).split(' '),
)
const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertzuiop', 'yxcvbnm']
const runs = rows.flatMap((row) => [row, [...row].reverse().join('')])

const follows = (a: string, b: string) => a === b || runs.some((run) => run.includes(a + b))

/** Characters that do not merely continue a run or repeat the one before. */
const surprising = (text: string): number => {
  const letters = [...text.toLowerCase()]
  return letters.filter((letter, index) => index === 0 || !follows(letters[index - 1]!, letter)).length
}

const alphabet = (text: string): number =>
  (/[a-z]/.test(text) ? 26 : 0) + (/[A-Z]/.test(text) ? 26 : 0) + (/[0-9]/.test(text) ? 10 : 0) + (/[^a-zA-Z0-9]/.test(text) ? 20 : 0)

function wordsBits(text: string): number {
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
  const known = new Set<string>()
  let bits = 0
  for (const word of words) {
    const plain = word.replace(/\d+$/, '')
    if (known.has(plain)) bits += 1
    else if (common.has(plain)) bits += 5 + (word.length - plain.length)
    else
      bits += Math.min(
        surprising(word) * Math.log2(Math.max(10, alphabet(word))),
        word.length <= 12 && /^\p{L}+$/u.test(word) ? wordBits : Infinity,
      )
    known.add(plain)
  }
  return bits
}

/** @param minimum the shortest passphrase the app accepts, in UTF-16 code units */
export function estimateStrength(text: string, minimum: number): Strength {
  const byCharacter = surprising(text) * Math.log2(Math.max(2, alphabet(text)))
  const bits = Math.round(Math.min(byCharacter, wordsBits(text)))
  if (text.length < minimum) return { score: 0, bits }
  return { score: bits < 28 ? 1 : bits < 45 ? 2 : bits < 60 ? 3 : 4, bits }
}
