/** What would be shipped, made by electron-builder itself from `electron-builder.yml`; only Electron's own binary is a stand-in. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { extractAll, extractFile, listPackage } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { getConfig, validateConfiguration } from 'app-builder-lib/out/util/config/config.js'
import { DebugLogger } from 'builder-util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeElectronDist } from '#test/support/fakeElectronDist.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { bin, root, run } from '../../tools/run.ts'

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}
const folder = temporaryFolder()
const unpacked = join(folder.path, 'dist', 'linux-unpacked')
const archive = join(unpacked, 'resources', 'app.asar')
let files: string[] = []

beforeAll(async () => {
  if (!existsSync(join(root, 'out', 'main', 'electron.js')))
    await run([...bin('electron-vite'), 'build', '--logLevel', 'warn'], { stdio: 'collect' })
  const electronDist = join(folder.path, 'electron')
  makeElectronDist(electronDist, manifest.devDependencies['electron']!)
  const settings = [`-c.electronDist=${electronDist}`, `-c.directories.output=${join(folder.path, 'dist')}`]
  const { code, output } = await run([...bin('electron-builder'), '--dir', '--linux', '--x64', ...settings], { stdio: 'collect' })
  if (code !== 0) throw new Error(output)
  // Folders are listed too; a file is what nothing else lies below.
  const listed = listPackage(archive, { isPack: false }).map((path) => path.replaceAll('\\', '/'))
  files = listed.filter((path) => !listed.some((other) => other.startsWith(`${path}/`)))
}, 180_000)
afterAll(() => folder.remove())

it('the configuration is valid by electron-builder’s own schema', async () => {
  await validateConfiguration(await getConfig(root, null, {}), new DebugLogger(false))
})

it('a wrong setting would not be', async () => {
  const config = { ...(await getConfig(root, null, {})), asarUnpak: [] }
  await expect(validateConfiguration(config as never, new DebugLogger(false))).rejects.toThrow('asarUnpak')
})

describe('what is packed', () => {
  it('is the build, the pictures, and the native modules with what they need', () => {
    for (const needed of [
      '/package.json',
      '/out/main/electron.js',
      '/out/main/argon2Worker.js',
      '/out/preload/index.cjs',
      '/out/renderer/index.html',
      '/resources/icons/256x256.png',
      '/resources/tray/tray.png',
      '/resources/tray/unreadTemplate@2x.png',
      ...Object.keys(manifest.dependencies).map((name) => `/node_modules/${name}/package.json`),
    ])
      expect(files).toContain(needed)
  })

  it('is nothing else', () => {
    const expected = [
      /^\/package\.json$/,
      /^\/out\/(main|preload|renderer)\/[\w./-]+\.(js|cjs|css|html)$/,
      /^\/resources\/(icons\/256x256|tray\/\w+(@2x)?)\.png$/,
      /^\/node_modules\/[\w@./-]+\/(LICENSE|package\.json|[\w-]+\.(js|cjs|mjs|node|bare|wasm))$/,
    ]
    expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([])
    for (const unwanted of [
      '/out/main/host.js',
      ...Object.keys(manifest.devDependencies).map((name) => `/node_modules/${name}/package.json`),
    ])
      expect(files).not.toContain(unwanted)
    expect(files.filter((file) => /node24|\.ts$|^\/(src|test|tools|docs)/.test(file))).toEqual([])
  })

  it('has binaries of this platform alone, and those outside the archive, where the system can load them', () => {
    const binaries = files.filter((file) => /\.(node|bare)$/.test(file))
    expect(binaries).toContain('/node_modules/better-sqlite3/prebuilds/linux-x64.node')
    expect(binaries.filter((file) => !file.includes('linux-x64'))).toEqual([])
    const outside = readdirSync(`${archive}.unpacked`, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(outside.map((entry) => `${entry.parentPath.slice(archive.length + '.unpacked'.length)}/${entry.name}`).toSorted()).toEqual(
      binaries.toSorted(),
    )
  })

  it('imports only what is packed, Node and Electron have', () => {
    const there = new Set([...builtinModules, 'electron', ...Object.keys(manifest.dependencies)])
    const programs = files.filter((file) => /^\/out\/(main|preload)\/.*\.c?js$/.test(file))
    const wanted = programs.flatMap((file) => {
      const text = extractFile(archive, file.slice(1)).toString()
      return [...text.matchAll(/^(?:import|export)[^'"\n]*from ["']([^"']+)["']|^import ["']([^"']+)["']|\brequire\("([^"]+)"\)/gm)]
    })
    const names = wanted
      .map(([, from, bare, required]) => (from ?? bare ?? required ?? '').replace(/^node:/, ''))
      .filter((name) => !name.startsWith('.'))
    expect(names).toContain('better-sqlite3')
    expect(names.filter((name) => !there.has(name.split('/')[0]!))).toEqual([])
  })

  it('starts with the desktop program, and its manifest runs no scripts', () => {
    const packed = JSON.parse(extractFile(archive, 'package.json').toString()) as Record<string, unknown>
    expect(packed).toMatchObject({ name: 'cairn', main: './out/main/electron.js', type: 'module' })
    expect(packed['scripts']).toBeUndefined()
    expect(packed['devDependencies']).toBeUndefined()
  })

  it('loads: every native library, from what is packed alone', async () => {
    const taken = join(folder.path, 'taken')
    extractAll(archive, taken)
    const names = Object.keys(manifest.dependencies)
    const script = `${names.map((name) => `require(${JSON.stringify(name)});`).join('')} new (require('better-sqlite3'))(':memory:').close()`
    writeFileSync(join(taken, 'load.cjs'), script)
    // On another system than the packed one, that the files are there must do.
    if (process.platform === 'linux' && process.arch === 'x64')
      expect(await run([process.execPath, join(taken, 'load.cjs')], { stdio: 'collect' })).toEqual({ code: 0, output: '' })
    for (const name of names) expect(existsSync(join(taken, 'node_modules', name, 'package.json'))).toBe(true)
  })
})

it('the fuses are set in the binary', async () => {
  const fuses = await getCurrentFuseWire(join(unpacked, 'cairn'))
  const [off, on] = ['0'.charCodeAt(0), '1'.charCodeAt(0)]
  expect(fuses).toMatchObject({
    [FuseV1Options.RunAsNode]: off,
    [FuseV1Options.EnableCookieEncryption]: on,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: off,
    [FuseV1Options.EnableNodeCliInspectArguments]: off,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: on,
    [FuseV1Options.OnlyLoadAppFromAsar]: on,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: off,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: off,
  })
})

describe('pictures', () => {
  const picture = (name: string) => readFileSync(join(root, 'resources', name))
  const sizeOf = (png: Buffer) => {
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
    return [png.readUInt32BE(16), png.readUInt32BE(20)]
  }

  it('are there in every size that Linux asks for', () => {
    for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) expect(sizeOf(picture(`icons/${size}x${size}.png`))).toEqual([size, size])
  })

  it.each([
    ['tray', 24],
    ['unread', 24],
    ['trayTemplate', 16],
    ['unreadTemplate', 16],
    ['overlay', 16],
  ])('of the tray: %s, also for fine screens', (name, size) => {
    expect(sizeOf(picture(`tray/${name}.png`))).toEqual([size, size])
    expect(sizeOf(picture(`tray/${name}@2x.png`))).toEqual([2 * size, 2 * size])
  })

  it('of Windows: one file with all sizes', () => {
    const ico = picture('icon.ico')
    expect([ico.readUInt16LE(0), ico.readUInt16LE(2)]).toEqual([0, 1])
    const sizes = Array.from({ length: ico.readUInt16LE(4) }, (_, i) => ico[6 + 16 * i] || 256)
    expect(sizes).toEqual([16, 20, 24, 32, 40, 48, 64, 256])
  })

  it('of macOS: one file with all sizes', () => {
    const icns = picture('icon.icns')
    expect([icns.subarray(0, 4).toString(), icns.readUInt32BE(4)]).toEqual(['icns', icns.length])
    const types: string[] = []
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) types.push(icns.subarray(at, at + 4).toString('latin1'))
    expect(types).toEqual(['TOC ', 'icp4', 'icp5', 'ic11', 'ic12', 'ic07', 'ic08', 'ic13', 'ic09', 'ic14', 'ic10'])
  })
})
