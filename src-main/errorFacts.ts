/** What may be logged of an error nobody expected: its name, a system code, and where it was thrown. Never the message. */
export function describeError(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) return { error: typeof error }
  const code = 'code' in error && typeof error.code === 'string' && /^[\w.-]{1,40}$/.test(error.code) ? { code: error.code } : {}
  const frame = /^ {4}at .*?([^\s(]+):(\d+):\d+\)?$/m.exec((error.stack ?? '').replace(error.message, ''))
  return { error: error.name, ...code, ...(frame ? { at: `${(frame[1] ?? '').replace(/^.*[/\\]/, '')}:${frame[2] ?? ''}` } : {}) }
}
