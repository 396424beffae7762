/** Where the window was, and where it can be: screens come and go between two starts. */
export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

export interface WindowState {
  /** Null: wherever the system puts it. */
  bounds: Rectangle | null
  maximized: boolean
}

export const usualSize = { width: 1200, height: 800 }
export const leastSize = { width: 480, height: 480 }

/** This much of the window's upper edge must be on a screen, or nobody could take hold of it. */
const grip = { width: 120, height: 32 }

/**
 * `bounds` made to fit one of the work areas (the first is the main screen's): where it was, if enough of it can be seen, else in the
 * middle of the main screen; never larger than its screen.
 */
export function fitToScreens(bounds: Rectangle, areas: readonly Rectangle[]): Rectangle {
  const [main] = areas
  if (!main) return bounds
  const home = areas.find((area) => overlaps({ ...bounds, ...grip, x: bounds.x + Math.max(0, (bounds.width - grip.width) / 2) }, area))
  const area = home ?? main
  const width = clamp(bounds.width, leastSize.width, area.width)
  const height = clamp(bounds.height, leastSize.height, area.height)
  if (!home) return { x: middle(area.x, area.width, width), y: middle(area.y, area.height, height), width, height }
  return { x: bounds.x, y: Math.max(bounds.y, area.y), width, height }
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), Math.max(most, least))
const middle = (start: number, room: number, size: number): number => start + Math.max(0, Math.floor((room - size) / 2))

/** Whether all of the grip's width and some of its height lie in the area. */
const overlaps = (inner: Rectangle, area: Rectangle): boolean =>
  inner.x >= area.x &&
  inner.x + inner.width <= area.x + area.width &&
  inner.y + inner.height > area.y &&
  inner.y + inner.height <= area.y + area.height
