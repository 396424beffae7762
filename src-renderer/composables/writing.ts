const atMostEvery = 3_000

/** Says that the person is writing, now and then while they do. */
export function useWriting(tell: () => void): () => void {
  let toldAt = -Infinity
  return () => {
    if (Date.now() - toldAt < atMostEvery) return
    toldAt = Date.now()
    tell()
  }
}
