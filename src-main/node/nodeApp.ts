/** The app with the ports of plain Node: most of the program, and so a file of its own, which is loaded when the window is on its way. */
import type { App } from '../appTypes.ts'
import type { Desktop, Logger, Random } from '../ports.ts'
import { createProfilesApp } from '../profilesApp.ts'
import { createAppearanceFile } from '../storage/appearanceFile.ts'
import { createProfileFolders } from '../storage/profileFolders.ts'
import { createPorts } from './ports.ts'

interface NodeAppParts {
  profileDir: string
  random: Random
  logger: Logger
  desktop: Desktop | null
}

export function createNodeApp({ profileDir, random, logger, desktop }: NodeAppParts): Promise<App> {
  const portsOf = (dir: string) => createPorts({ profileDir: dir, logger, desktop })
  const [profiles, appearance] = [createProfileFolders(profileDir, random), createAppearanceFile(profileDir, random)]
  return createProfilesApp({ profiles, appearance, portsOf, logger })
}
