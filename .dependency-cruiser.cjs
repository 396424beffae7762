/** Which folder may import what: the walls that types alone do not guard. Run by `npm run deps`. */

/** `from` may not import anything that matches `to`. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** The libraries the pure layers are made of; none of them touches a platform. */
const pureLibraries = '(^|/)node_modules/(@noble|@scure|canonicalize|cborg|valibot)/'

module.exports = {
  forbidden: [
    forbid('no-cycles', 'A cycle hides which of two files is the simpler one.', {}, { circular: true }),
    forbid('resolvable', 'Every import names a file that exists.', {}, { couldNotResolve: true }),
    forbid('no-undeclared-packages', 'Every package is named in package.json.', {}, { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] }),

    forbid(
      'electron-in-its-folder',
      'Only the Electron host knows Electron.',
      { pathNot: '^(src-(main/electron|preload)|test/support/fakeElectron\\.ts|test/src-main/electron)' },
      { path: '(^|/)node_modules/electron/|^electron$' },
    ),
    forbid(
      'sqlite-in-storage',
      'Only the stores know SQLite.',
      { path: '^src-', pathNot: '^src-(main|relay)/storage/' },
      { path: '(^|/)node_modules/better-sqlite3' },
    ),

    forbid(
      'shared-is-the-ground',
      'src-shared stands on nothing of ours.',
      { path: '^src-shared/' },
      { path: '^(src-(?!shared/)|test/|tools/)' },
    ),
    forbid(
      'shared-is-pure',
      'src-shared runs anywhere.',
      { path: '^src-shared/' },
      { pathNot: ['^src-', pureLibraries], dependencyTypesNot: ['local', 'aliased'] },
    ),
    forbid(
      'protocol-is-pure',
      'The protocol is a pure function of its inputs.',
      { path: '^src-main/protocol/' },
      {
        pathNot: ['^src-main/protocol/', '^src-shared/', pureLibraries],
      },
    ),
    forbid(
      'services-through-ports',
      'Services reach the world through ports only.',
      { path: '^src-main/(services/|app\\.ts|ports\\.ts)' },
      { path: '^src-main/(node|electron|transport)/' },
    ),
    forbid(
      'services-no-platform',
      'Services reach the world through ports only.',
      { path: '^src-main/services/' },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'hosts-at-the-top',
      'Only a host knows a host.',
      { path: '^src-main/(?!node/|electron/)' },
      { path: '^src-main/(node|electron)/' },
    ),
    forbid('node-without-electron', 'Two hosts over one core.', { path: '^src-main/node/' }, { path: '^src-main/electron/' }),
    forbid(
      'electron-on-node',
      'Electron is Node with a window: it has the same ports and pages, and neither server nor browser.',
      { path: '^src-main/electron/' },
      { path: '^src-main/node/', pathNot: '^src-main/node/(download|folders|headers|logger|options|pages|ports|random)\\.ts$' },
    ),
    forbid('main-without-renderer', 'They meet in the contract.', { path: '^src-main/' }, { path: '^src-(renderer|preload)/' }),
    forbid(
      'relay-only-by-the-host',
      'A host runs the relay on this computer; nothing else of the app knows how a relay works.',
      { path: '^src-main/', pathNot: '^src-main/(node|electron)/' },
      { path: '^src-relay/' },
    ),
    forbid(
      'relay-alone',
      'The relay is a program of its own; with the app it shares the wire, the pure protocol and the primitives.',
      { path: '^src-relay/' },
      { path: '^src-(?!relay/|shared/|main/(protocol|crypto)/)' },
    ),
    forbid(
      'renderer-alone',
      'The renderer knows the contract and nothing behind it.',
      { path: '^src-renderer/' },
      { path: '^src-(?!renderer/|shared/)' },
    ),
    forbid('preload-alone', 'A wire of two functions.', { path: '^src-preload/' }, { path: '^src-(?!preload/|shared/)' }),
    forbid('not-from-tests', 'What is shipped does not lean on what tests it.', { path: '^src-' }, { path: '^(test|tools)/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true, // imports of types are imports too
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.vue', '.json'],
    },
    cache: { folder: 'node_modules/.cache/dependency-cruiser', strategy: 'content' },
  },
}
