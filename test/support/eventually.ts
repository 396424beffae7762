/** Reads until the value is right, and returns it. Rejects after `deadlineMs` with what was read last. */
export async function eventually<T>(
  what: string,
  read: () => T | Promise<T>,
  isRight: (value: T) => boolean,
  deadlineMs = 30_000,
): Promise<T> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const value = await read()
    if (isRight(value)) return value
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}; last: ${JSON.stringify(value)?.slice(0, 2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
