import { language } from '../locales/index.ts'

let format: { of: string; list: Intl.ListFormat } | null = null

/** "Ada, Ben and Cleo", in the language spoken now. */
export function listed(names: readonly string[]): string {
  if (format?.of !== language) format = { of: language, list: new Intl.ListFormat(language === 'en' ? 'en-GB' : language) }
  return format.list.format(names)
}
