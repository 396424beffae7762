/** What went wrong with a profile out of a file; see errors.ts. */
import type { ErrorCode } from '#shared/errors.ts'

type Details = Readonly<Record<string, string | number>>
type TransferError = Extract<ErrorCode, `import.${string}`>

export const transferErrors: Record<TransferError, (details: Details) => { title: string; text: string }> = {
  'import.damaged': () => ({
    title: 'This file is not whole, or is no profile.',
    text: 'Nothing was made of it. Fetch it once more from where you saved it, or save the profile again.',
  }),
  'import.newer-version': () => ({ title: 'This file was made by a newer Cairn.', text: 'Bring Cairn up to date here, then try again.' }),
  'import.wrong-passphrase': ({ seconds }) => ({
    title: 'That passphrase doesn’t open the file.',
    text: `It is the one that was chosen when the file was saved.${seconds === undefined ? '' : ` Next try in ${String(seconds)} s; the wait grows each time.`}`,
  }),
  'import.too-large': () => ({ title: 'This file is too large.', text: 'Nothing was made of it. Check whether it is the right one.' }),
  'import.exists': () => ({ title: 'There is a profile here already.', text: 'Add a profile first, then bring the file in there.' }),
  'import.unknown': () => ({ title: 'The file did not come in as a whole.', text: 'Nothing was made of it. Choose it once more.' }),
}
