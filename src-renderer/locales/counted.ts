/** So many of something. */
export const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`
export const messages = (n: number) => count(n, 'message', 'messages')
