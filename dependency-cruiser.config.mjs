/** Imports point down only; see "The code" in the README. */
export default {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'], viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'connectors-know-only-the-sdk',
      severity: 'error',
      from: { path: '^connectors/([^/]+)/', pathNot: '^connectors/sdk/' },
      to: { path: '^(agent|connectors)/', pathNot: ['^connectors/sdk/', '^connectors/$1/'] },
    },
    {
      name: 'sdk-knows-nobody',
      severity: 'error',
      from: { path: '^connectors/sdk/' },
      to: { path: '^(agent|connectors)/', pathNot: '^connectors/sdk/' },
    },
    {
      name: 'agent-knows-no-connector',
      severity: 'error',
      from: { path: '^agent/', pathNot: '(^agent/test/|\\.test\\.ts$)' },
      to: { path: '^connectors/', pathNot: '^connectors/sdk/' },
    },
    {
      name: 'run-looks-down',
      severity: 'error',
      from: { path: '^agent/run/', pathNot: '\\.test\\.ts$' },
      to: { path: '^agent/(api|cli|agent|runner|main|command-line)' },
    },
    {
      name: 'project-looks-down',
      severity: 'error',
      from: { path: '^agent/project/' },
      to: { path: '^agent/(api|cli|agent|runner|main|command-line)' },
    },
    {
      name: 'logs-look-down',
      severity: 'error',
      from: { path: '^agent/(logs|registry)/' },
      to: { path: '^agent/(api|cli|project|agent|runner|main|command-line)' },
    },
    {
      name: 'only-queue-and-runner-know-bullmq',
      severity: 'error',
      from: { path: '^agent/', pathNot: ['^agent/(queue|runner)\\.ts$', '\\.test\\.ts$'] },
      to: { path: 'bullmq' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
