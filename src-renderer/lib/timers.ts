/** How long messages may stay, in seconds. */
export const presets: readonly number[] = [0, 30, 300, 3_600, 28_800, 86_400, 604_800, 2_419_200]
export const shortest = 30

export const units = { second: 1, minute: 60, hour: 3_600, day: 86_400, week: 604_800 } as const
export type Unit = keyof typeof units

/** In the largest unit that fits without a rest. */
export function inUnits(seconds: number): { count: number; unit: Unit } {
  const unit = (Object.keys(units) as Unit[]).findLast((name) => seconds % units[name] === 0) ?? 'second'
  return { count: seconds / units[unit], unit }
}
