/**
 * Who may import whom. A folder may import what stands to its left, never what stands to its right or beside it.
 * Folders in one array are beside each other. A new folder of src/ gets its place here.
 */
const layers = [
  ['protocol'],
  ['common'],
  ['config'],
  ['redis'],
  ['cluster', 'database'],
  ['users'],
  ['auth'],
  ['origins', 'directory'],
  ['realtime'],
  ['presence'],
  ['rooms'],
  ['typing'],
  ['health', 'docs', 'console'],
  ['cli'],
];

/** The list of tables is the one place in database/ that looks upward, and only at entities. */
const ENTITY_LIST = '^src/database/entities\\.ts$';

function error(name, comment, from, to) {
  return { name, comment, severity: 'error', from, to };
}

const order = layers.flatMap((folders, rank) =>
  folders.map((folder) => {
    const forbidden = layers
      .slice(rank)
      .flat()
      .filter((other) => other !== folder);
    return error(
      `order-${folder}`,
      `${folder}/ may import only what stands before it in the order of .dependency-cruiser.mjs.`,
      { path: `^src/${folder}/`, pathNot: ENTITY_LIST },
      { path: [`^src/(${['no-such-folder', ...forbidden].join('|')})/`, '^src/[^/]+$'] },
    );
  }),
);

export default {
  forbidden: [
    ...order,
    error(
      'order-known',
      'Every folder of src/ has a place in the order.',
      {},
      {
        path: '^src/[^/]+/',
        pathNot: `^src/(${layers.flat().join('|')})/`,
      },
    ),
    error('no-cycles', 'A cycle means two modules are one.', {}, { circular: true }),
    error(
      'no-foreign-entity',
      "Ask the owner's service, not its table.",
      { path: '^src/([^/]+)/', pathNot: ENTITY_LIST },
      {
        path: '\\.entity\\.ts$',
        pathNot: '^src/$1/',
      },
    ),
    error(
      'entity-list',
      'The list of tables names entities and nothing else of its owners.',
      { path: ENTITY_LIST },
      {
        path: '^src/',
        pathNot: '\\.entity\\.ts$',
      },
    ),
    error(
      'no-adapter',
      'Only the wiring of a module knows what stands behind its ports; a Redis adapter may fall back on its sibling.',
      { path: '^src/', pathNot: '\\.(module|redis)\\.ts$' },
      {
        path: '\\.(memory|redis)\\.ts$',
      },
    ),
    error(
      'no-foreign-adapter',
      'Only the wiring of its own module knows an adapter.',
      { path: '^src/([^/]+)/' },
      {
        path: '\\.(memory|redis)\\.ts$',
        pathNot: '^src/$1/',
      },
    ),
    error(
      'redis-in-redis',
      'The Redis client belongs to redis/; what is called .redis speaks through it.',
      { path: '^src/', pathNot: '^src/redis/' },
      {
        path: '^node_modules/(@redis/|redis/)',
      },
    ),
    error(
      'ws-in-realtime',
      'Sockets belong to realtime/.',
      { path: '^src/', pathNot: '^src/realtime/' },
      {
        path: '^node_modules/(@types/)?ws/',
      },
    ),
    error(
      'services-know-no-transport',
      'Doors translate, services decide.',
      { path: '\\.service\\.ts$' },
      {
        path: '^node_modules/(@types/)?(ws|express|express-serve-static-core|@nestjs/(websockets|platform-[a-z]+))/',
      },
    ),
    error(
      'protocol-is-a-leaf',
      'Clients, docs and benchmarks read the protocol too; it brings zod and nothing else.',
      { path: '^src/protocol/' },
      {
        pathNot: ['^src/protocol/', '^node_modules/zod/'],
      },
    ),
    error(
      'client-stands-alone',
      'The client runs in browsers: it brings itself and nothing else.',
      { path: '^client/src/' },
      { pathNot: '^client/src/' },
    ),
    error(
      'console-stands-on-the-client',
      'The console is a client like any other: it knows the package and nothing of the server.',
      { path: '^console/src/' },
      { pathNot: '^(console|client)/src/' },
    ),
    error(
      'no-barrels',
      'Only protocol/ has an index.',
      {},
      { path: '^src/.*index\\.ts$', pathNot: '^src/protocol/index\\.ts$' },
    ),
    error(
      'src-stands-alone',
      'What is shipped knows neither tests nor tools.',
      { path: '^src/' },
      { path: '^(test|bench|scripts|docs|console)/' },
    ),
    error(
      'no-dev-dependency',
      'What is shipped may not need what is not.',
      { path: '^src/' },
      {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: '^node_modules/@types/',
      },
    ),
    error('no-unresolvable', 'The import leads nowhere.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
