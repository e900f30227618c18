/** The import rules of src/README.md. Every comment says how to mend a violation. */

/** Rooms of the primary thread that stages share: each does one thing for whoever asks, and knows none of them. */
const TOOLS = 'dns';

/** What the validation and `certs` both know of the `acme:` section: its shape, and the credentials of DNS providers. */
const ACME_SECTION = 'certs/acme/(acme-draft|challenge/dns-providers/credentials)\\.ts$';

const stage = (room) => ({
  name: `stages-of-${room}-are-islands`,
  comment: `Stage folders of src/${room} never import each other: let ${room === 'primary' ? 'pipeline.ts' : 'exchange/'} call both, or move the shared value to kit or bridge. The interface of the store and the grammar of HTTP are for every stage.`,
  severity: 'error',
  from: { path: `^src/${room}/([^/]+)/`, ...(room === 'worker' ? { pathNot: '^src/worker/exchange/' } : {}) },
  to: {
    path: `^src/${room}/[^/]+/`,
    pathNot: [
      `^src/${room}/$1/`,
      '^src/worker/http[12]/',
      '^src/primary/store/store\\.ts$',
      `^src/primary/(${TOOLS})/`,
      `^src/primary/${ACME_SECTION}`,
    ],
  },
});

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Break the cycle: move the shared type or value down into its own file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'kit-imports-no-room',
      comment: 'kit holds pure values; what needs another room belongs to that room.',
      severity: 'error',
      from: { path: '^src/kit/' },
      to: { path: '^src/(?!kit/)' },
    },
    {
      name: 'bridge-imports-only-kit',
      comment: 'bridge is what both threads share; it knows neither of them.',
      severity: 'error',
      from: { path: '^src/bridge/' },
      to: { path: '^src/(?!kit/|bridge/)' },
    },
    {
      name: 'primary-and-worker-never-meet',
      comment:
        'The worker is reached by URL and messages (bridge/messages.ts); share values through kit or bridge.',
      severity: 'error',
      from: { path: '^src/(primary|worker)/' },
      to: { path: '^src/(primary|worker|cli)/', pathNot: '^src/$1/' },
    },
    stage('primary'),
    stage('worker'),
    {
      name: 'tools-of-primary-know-no-stage',
      comment:
        'primary/dns, store and events serve whoever asks: pass in what they need of a stage, as a value or a function.',
      severity: 'error',
      from: { path: `^src/primary/(${TOOLS})/` },
      to: { path: '^src/primary/', pathNot: '^src/primary/$1/' },
    },
    {
      name: 'http1-is-grammar-only',
      comment:
        'worker/http1 is what both sides of the proxy read and write: octets in, meaning out. It knows no stage.',
      severity: 'error',
      from: { path: '^src/worker/http1/' },
      to: { path: '^src/(?!worker/http1/|kit/)' },
    },
    {
      name: 'http2-is-protocol-only',
      comment:
        'worker/http2 is octets in, frames and fields out, and back. It knows no stage, only the grammar of HTTP/1.',
      severity: 'error',
      from: { path: '^src/worker/http2/' },
      to: { path: '^src/(?!worker/http[12]/|kit/)' },
    },
    {
      name: 'generated-protobuf-stays-behind-the-codec',
      comment: 'Use the model types of bridge/snapshot; only the codec knows the wire types.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/bridge/snapshot/(codec|gen/)' },
      to: { path: '^src/bridge/snapshot/gen/' },
    },
    {
      name: 'uws-only-in-its-engine',
      comment: 'Only worker/listener/uws may hold uWebSockets.js objects.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(worker/listener/uws/|native/)' },
      to: { path: '^src/native/uws|uWebSockets' },
    },
    {
      name: 'native-doors-only',
      comment: 'Native libraries are loaded by src/native alone.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/native/' },
      to: { path: 'node_modules/(koffi|@btc-vision)' },
    },
    {
      name: 'no-test-code-in-src',
      comment: 'src must run without the development packages.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
