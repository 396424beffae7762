/** What a service answers when it refuses: `{error: {code, message}}` and a status; never a stack trace, never a secret. */
export const problemStatus = {
  malformed: 400,
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'unsupported-media-type': 415,
  'too-many-requests': 429,
  internal: 500,
  unavailable: 503,
} as const

export type ProblemCode = keyof typeof problemStatus

export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  /** `retry-after` and its like. */
  readonly headers: Record<string, string>

  /** @param message for people who write clients; says nothing that the caller may not know. */
  constructor(code: ProblemCode, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.code = code
    this.headers = headers
  }

  get reply(): Reply {
    return { status: problemStatus[this.code], body: { error: { code: this.code, message: this.message } }, headers: this.headers }
  }
}

/** An answer before it is written. Without a body none is sent. */
export interface Reply {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

export const tooManyRequests = (waitMs: number): Problem =>
  new Problem('too-many-requests', 'too many requests; try again later', { 'retry-after': String(Math.ceil(waitMs / 1000)) })
