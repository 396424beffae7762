import { writeFileSync } from 'node:fs'
import encodeQR from 'qr'

export interface Film {
  width?: number
  height?: number
  frames?: number
}

/**
 * A still QR code as a Y4M video, which Chromium's fake camera plays over and over. Null shows an empty wall.
 * @param content bytes stand in the code as they are
 */
export function writeQrVideo(
  file: string,
  content: string | Uint8Array | null,
  { width = 1280, height = 720, frames = 10 }: Film = {},
): void {
  const y = Buffer.alloc(width * height, 140)
  if (content !== null) draw(y, modulesOf(content), width, height)
  const uv = Buffer.alloc((width / 2) * (height / 2) * 2, 128)
  const frame = Buffer.concat([Buffer.from('FRAME\n'), y, uv])
  writeFileSync(
    file,
    Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), ...Array<Buffer>(frames).fill(frame)]),
  )
}

const modulesOf = (content: string | Uint8Array): boolean[][] =>
  typeof content === 'string'
    ? encodeQR(content, 'raw', { ecc: 'low', border: 4 })
    : encodeQR(Buffer.from(content).toString('latin1'), 'raw', { ecc: 'low', border: 4, encoding: 'byte', textEncoder: () => content })

function draw(luma: Buffer, modules: boolean[][], width: number, height: number): void {
  const scale = Math.floor(height / modules.length)
  const [left, top] = [(width - modules.length * scale) >> 1, (height - modules.length * scale) >> 1]
  modules.forEach((row, r) =>
    row.forEach((dark, c) => {
      for (let i = 0; i < scale; i++) {
        const at = (top + r * scale + i) * width + left + c * scale
        luma.fill(dark ? 30 : 220, at, at + scale)
      }
    }),
  )
}
