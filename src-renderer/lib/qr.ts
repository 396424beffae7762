import encodeQR from 'qr'

/** The margin that the standard asks for, in modules. */
const margin = 4

export type QrContent = string | Uint8Array

/** Black (true) and white, margin included; null for what no QR code holds. Bytes stand as they are, in byte mode. */
export function qrModules(content: QrContent): boolean[][] | null {
  try {
    if (typeof content === 'string') return encodeQR(content, 'raw', { ecc: 'medium', border: margin })
    const text = Array.from(content, (byte) => String.fromCharCode(byte)).join('')
    return encodeQR(text, 'raw', { ecc: 'low', border: margin, encoding: 'byte', textEncoder: () => content })
  } catch {
    return null // longer than the largest code
  }
}

/** A picture with `scale` whole pixels for each module; always dark on white. */
export function drawQr(modules: readonly (readonly boolean[])[], scale: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = modules.length * scale
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = '#1b1a17'
  modules.forEach((row, y) => row.forEach((dark, x) => dark && context.fillRect(x * scale, y * scale, scale, scale)))
  return canvas
}
