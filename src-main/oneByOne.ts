/** Runs pieces of work one after another, in the order in which they were asked for. A failure is the caller's alone. */
export function createOneByOne(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work, work)
    last = next.catch(() => undefined) // whoever asked for it has it
    return next
  }
}
