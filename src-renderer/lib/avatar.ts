import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * Avatars are drawn from the id alone, never from the name: silhouette × hue × motif × turn × facet gives 18,432
 * drawings that differ by shape as well as colour.
 */
export interface AvatarDrawing {
  outline: string
  hue: number
  facet: string
  motif: readonly Shape[]
  degrees: number
}

/** One SVG element of a motif. */
export type Shape = readonly [tag: 'path' | 'ellipse' | 'circle' | 'rect', attributes: Readonly<Record<string, string | number>>]

type Point = readonly [number, number]

const round2 = (value: number) => +value.toFixed(2)
const path = (d: string): Shape => ['path', { d }]

/** A polygon whose corners are rounded by `radius`. */
function roundPolygon(points: readonly Point[], radius: number): string {
  const toward = ([x, y]: Point, [tx, ty]: Point) => {
    const length = Math.hypot(tx - x, ty - y)
    return [round2(x + ((tx - x) / length) * radius), round2(y + ((ty - y) / length) * radius)]
  }
  const corner = (point: Point, index: number) => {
    const before = points.at(index - 1)!
    const after = points[(index + 1) % points.length]!
    const [from, to] = [toward(point, before), toward(point, after)]
    return `${index ? 'L' : 'M'}${from.join(' ')}Q${round2(point[0])} ${round2(point[1])} ${to.join(' ')}`
  }
  return points.map(corner).join('') + 'Z'
}

/** A rectangle with four corner radii: top left, top right, bottom right, bottom left. */
const roundRect = (x: number, y: number, w: number, h: number, [tl, tr, br, bl]: readonly [number, number, number, number]) =>
  `M${x + tl} ${y}H${x + w - tr}A${tr} ${tr} 0 0 1 ${x + w} ${y + tr}V${y + h - br}A${br} ${br} 0 0 1 ${x + w - br} ${y + h}H${x + bl}A${bl} ${bl} 0 0 1 ${x} ${y + h - bl}V${y + tl}A${tl} ${tl} 0 0 1 ${x + tl} ${y}Z`

const hexagon = Array.from({ length: 6 }, (_, i): Point => {
  const angle = -Math.PI / 2 + (i * Math.PI) / 3
  return [24 + 25.5 * Math.cos(angle), 24 + 25.5 * Math.sin(angle)]
})

const silhouettes: readonly string[] = [
  'M24 1a23 23 0 1 1 0 46a23 23 0 1 1 0-46Z',
  roundPolygon(hexagon, 7),
  roundPolygon([[24, -3.5], [51.5, 24], [24, 51.5], [-3.5, 24]], 11), // prettier-ignore
  roundRect(2, 2, 44, 44, [22, 5, 22, 5]),
  roundRect(2, 2, 44, 44, [22, 22, 4, 22]),
  'M24 5.2A13 13 0 1 1 42.8 24A13 13 0 1 1 24 42.8A13 13 0 1 1 5.2 24A13 13 0 1 1 24 5.2Z',
  roundRect(3.5, 1.5, 41, 45, [20.5, 20.5, 6, 6]),
  'M16 7a6 6 0 0 1 6-6h4a6 6 0 0 1 6 6v5a4 4 0 0 0 4 4h5a6 6 0 0 1 6 6v4a6 6 0 0 1-6 6h-5a4 4 0 0 0-4 4v5a6 6 0 0 1-6 6h-4a6 6 0 0 1-6-6v-5a4 4 0 0 0-4-4H7a6 6 0 0 1-6-6v-4a6 6 0 0 1 6-6h5a4 4 0 0 0 4-4Z',
]

const motifs: readonly (readonly Shape[])[] = [
  [
    ['ellipse', { cx: 24, cy: 32, rx: 10.5, ry: 3.9 }],
    ['ellipse', { cx: 24.8, cy: 23.9, rx: 7.8, ry: 3.4 }],
    ['ellipse', { cx: 23.4, cy: 16.4, rx: 4.8, ry: 3.1 }],
  ],
  [['path', { d: 'M24 14a10 10 0 1 1 0 20a10 10 0 1 1 0-20Zm0 5.2a4.8 4.8 0 1 0 0 9.6a4.8 4.8 0 1 0 0-9.6Z', 'fill-rule': 'evenodd' }]],
  [14.5, 27].map((x): Shape => ['rect', { x, y: 14, width: 6.5, height: 20, rx: 3 }]),
  [path('M21 14h6v7h7v6h-7v7h-6v-7h-7v-6h7Z')],
  [path('M28.5 13.2A11 11 0 1 0 35 30.4A9.6 9.6 0 0 1 28.5 13.2Z')],
  [path('M24 13.5L35 33H13Z')],
  [path('M14 22.5L24 13.5L34 22.5V27L24 18.5L14 27Z'), path('M14 31.5L24 22.5L34 31.5V36L24 27.5L14 36Z')],
  [18, 30].flatMap((cy) => [18, 30].map((cx): Shape => ['circle', { cx, cy, r: 3.9 }])),
  [path('M13 24a11 11 0 0 1 22 0Z'), ['rect', { x: 13, y: 27.5, width: 22, height: 4.5, rx: 2.2 }]],
  [path('M12 20.5c4-5 8-5 12 0s8 5 12 0v5.6c-4 5-8 5-12 0s-8-5-12 0Z'), ['circle', { cx: 24, cy: 34, r: 2.6 }]],
  [path('M14 15.5L24 24L34 15.5V32.5L24 24L14 32.5Z')],
  [path('M24 11.5Q25.5 22.5 36.5 24Q25.5 25.5 24 36.5Q22.5 25.5 11.5 24Q22.5 22.5 24 11.5Z')],
]

const facets: readonly string[] = ['M-4 52L52 -4V52Z', 'M-4 -4L52 52H-4Z', 'M-4 24H52V52H-4Z', 'M24 -4H52V52H24Z']
const turns: readonly number[] = [0, 90, 180, 45]
const pick = <T>(list: readonly T[], byte: number): T => list[byte % list.length]!

/** Drawings are asked for with every row that comes into view, and never change. */
const drawn = new Map<string, AvatarDrawing>()
const mostDrawn = 2_000

/** @param id an identity's id in hex, or any stable text */
export function drawAvatar(id: string): AvatarDrawing {
  const known = drawn.get(id)
  if (known) return known
  if (drawn.size >= mostDrawn) drawn.clear()
  const drawing = draw(id)
  drawn.set(id, drawing)
  return drawing
}

function draw(id: string): AvatarDrawing {
  const [shape, hue, motif, turn, facet] = sha256(utf8ToBytes('cairn/1 avatar' + id)) as unknown as [number, number, number, number, number]
  const chosen = pick(motifs, motif)
  return {
    outline: pick(silhouettes, shape),
    hue: hue % 12,
    facet: pick(facets, facet),
    motif: chosen,
    degrees: chosen === motifs[0] ? 0 : pick(turns, turn), // stones stay upright
  }
}

/** Quarter circles, one for each corner of a tile of 16. */
const quarters: readonly string[] = [
  'M0 0H16V16A16 16 0 0 1 0 0Z',
  'M16 0V16H0A16 16 0 0 1 16 0Z',
  'M16 16H0V0A16 16 0 0 1 16 16Z',
  'M0 16V0H16A16 16 0 0 1 0 16Z',
]

export interface GroupDrawing {
  outline: string
  hue: number
  facet: string
  /** Four, in reading order. */
  tiles: readonly { d: string; transform: string }[]
}

/** A group is always a rounded square with four tiles, which no person is. */
export function drawGroupAvatar(id: string): GroupDrawing {
  const bytes = sha256(utf8ToBytes('cairn/1 avatar' + id))
  const byte = (at: number) => bytes[at] ?? 0
  const tile = (at: number) => ({ d: pick(quarters, byte(5 + at)), transform: `translate(${at % 2 ? 25 : 7} ${at > 1 ? 25 : 7})` })
  return {
    outline: roundRect(1, 1, 46, 46, [13, 13, 13, 13]),
    hue: byte(1) % 12,
    facet: pick(facets, byte(4)),
    tiles: [0, 1, 2, 3].map(tile),
  }
}
