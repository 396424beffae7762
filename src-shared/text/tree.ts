/** What a text is made of. Every node keeps what marks it: together they are the whole text. */

/** Characters around the shown ones. */
interface Marks {
  open: string
  close: string
}
export type Inline =
  | { kind: 'text'; text: string }
  | ({ kind: 'bold' | 'italic' | 'strike'; children: Inline[] } & Marks)
  | ({ kind: 'code'; text: string } & Marks)
  | { kind: 'link'; text: string; href: string }
  | { kind: 'mention'; text: string; id: string }
export type Block =
  | ({ kind: 'lines'; children: Inline[] } & Marks)
  | ({ kind: 'quote'; lines: ({ kind: 'line'; children: Inline[] } & Marks)[] } & Marks)
  | ({ kind: 'codeBlock'; text: string } & Marks)

export interface FoundLink {
  /** As written. */
  text: string
  /** As it will be opened; null where what begins like an address is none. */
  href: string | null
}
/** What stands at this place of a line, or null. */
export type LinkAt = (line: string, at: number) => FoundLink | null
