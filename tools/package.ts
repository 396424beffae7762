/**
 * `npm run package`: installers for this system into `dist/`, from a fresh build and the Electron that was tested. Needs Electron's binary; what
 * electron-builder needs besides (AppImage's runtime, NSIS), it fetches itself. Further arguments go to it: `npm run package -- --dir`.
 */
import { join } from 'node:path'
import { electronBinary, howToFetch } from './electronBinary.ts'
import { bin, root, run } from './run.ts'

/** Ends with the code of the first step that fails. */
async function makePackage(args: string[]): Promise<number> {
  if (electronBinary() === null) {
    console.error(`Packages need Electron’s binary for this system, which is not here: ${howToFetch} brings it.`)
    return 1
  }
  const built = await run([...bin('electron-vite'), 'build', '--logLevel', 'warn'], { stdio: 'inherit' })
  if (built.code !== 0) return built.code
  const electronDist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(root, 'node_modules', 'electron', 'dist')
  const builder = [...bin('electron-builder'), '--publish', 'never', `-c.electronDist=${electronDist}`, ...args]
  return (await run(builder, { stdio: 'inherit' })).code
}

process.exitCode = await makePackage(process.argv.slice(2))
