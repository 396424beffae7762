/** The look of a saved conversation: it follows the reader's theme, prints well, and asks for nothing. */
export const transcriptStyle = `
:root { color-scheme: light dark; --line: light-dark(#d9d3c7, #37332c); --own: light-dark(#e0e9cf, #37432a); --quiet: light-dark(#595246, #c3bbad) }
body { margin: 0 auto; max-width: 44rem; padding: 2rem 1rem; font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#fbfaf7, #181613); color: light-dark(#26221b, #eeeae1) }
h1 { font-size: 1.5rem; margin: 0 } header p, time, .line, .about { color: var(--quiet); font-size: .875rem }
h2 { font-size: .875rem; font-weight: 600; text-align: center; margin: 2rem 0 1rem; color: var(--quiet) }
article { border: 1px solid var(--line); border-radius: .75rem; padding: .5rem .75rem; margin: .5rem 15% .5rem 0; break-inside: avoid }
article.own { background: var(--own); margin: .5rem 0 .5rem 15% }
article p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere } article strong { margin-inline-end: .5rem }
blockquote { margin: .25rem 0; padding-inline-start: .75rem; border-inline-start: 3px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere }
.line { text-align: center; margin: 1rem 0 } .gone { font-style: italic; color: var(--quiet) }
`
