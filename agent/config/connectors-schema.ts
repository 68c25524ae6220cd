import { Type } from '@sinclair/typebox'
import { fromDataDir, fromHome, secret, strict } from './schema-parts.ts'

/** A public key and what is thought of it; `agent connectors keygen` prints one. */
const trustedKey = Type.Object(
  {
    id: Type.String({
      pattern: '^[0-9a-f]{16}$',
      description: 'Id of the key: the first 16 hex digits of its SHA-256.',
    }),
    publicKey: Type.String({
      pattern: '^[A-Za-z0-9+/]{43}=$',
      description: 'The 32 bytes of an Ed25519 key in base64.',
    }),
    revoked: Type.Optional(Type.Boolean({ description: 'Refuse whatever is signed with it.' })),
  },
  strict,
)

/** The group `connectors` of the configuration: where they are, where they come from, and whose are loaded. */
export const connectorsSchema = Type.Object(
  {
    directory: Type.String({
      ...fromDataDir,
      default: 'connectors',
      minLength: 1,
      description:
        'Where releases of connectors are installed; agents may share it. Searched before those that came with the agent.',
    }),
    registry: Type.Optional(
      Type.String({
        ...fromHome,
        pattern: '^(?!https?:)[^\\s]|^https?://[^/@\\s]+(/[^@\\s]*)?$',
        description:
          'Where connectors come from: address of an npm-compatible registry, without user and password, or a folder of packages. Absent: the packages that came with the agent.',
      }),
    ),
    scope: Type.String({
      default: '@commerce-agent',
      pattern: '^@[a-z0-9][a-z0-9._-]*$',
      description: 'Scope of the packages of connectors in an npm-compatible registry.',
    }),
    token: Type.Optional(
      Type.String({
        ...secret,
        minLength: 1,
        pattern: '^\\S+$',
        description: 'Bearer token of the registry; sent to it only.',
      }),
    ),
    caFile: Type.Optional(
      Type.String({
        ...fromHome,
        description: 'File with the certificates (PEM) that the registry is trusted by, instead of the usual ones.',
      }),
    ),
    channel: Type.String({
      default: 'latest',
      pattern: '^[A-Za-z][A-Za-z0-9._-]*$',
      description:
        'Which releases are taken: those that the registry has under this dist-tag. Another than `latest` allows prereleases.',
    }),
    checkIntervalMinutes: Type.Integer({
      default: 60,
      minimum: 1,
      maximum: 43_200,
      description: 'Minutes after which a run asks the registry for a newer release of its connectors.',
    }),
    maintenanceWindow: Type.Optional(
      Type.String({
        pattern: '^([01]\\d|2[0-3]):[0-5]\\d-([01]\\d|2[0-3]):[0-5]\\d$',
        description:
          'When newer releases may be installed by the agent itself, in UTC: `02:00-05:00`. Absent: at any time.',
      }),
    ),
    graceMinutes: Type.Integer({
      default: 30,
      minimum: 0,
      maximum: 10_080,
      description:
        'Minutes a new release is watched: when its runs fail more often than before, the agent goes back. The other agents of the group wait as long before they take it.',
    }),
    keepReleases: Type.Integer({
      default: 3,
      minimum: 1,
      maximum: 100,
      description: 'How many installed releases of a connector are kept; those in use are kept anyway.',
    }),
    maxPackageMegabytes: Type.Integer({
      default: 50,
      minimum: 1,
      maximum: 1_000,
      description: 'Largest package of a connector that is downloaded, in MB.',
    }),
    maxUnpackedMegabytes: Type.Integer({
      default: 200,
      minimum: 1,
      maximum: 4_000,
      description: 'Most that a package of a connector may unpack to, in MB.',
    }),
    trustedKeys: Type.Array(trustedKey, {
      default: [],
      description:
        'Public keys of authors whose connectors are loaded, beside the key of those that came with the agent: a list of `{ id, publicKey }`; `revoked: true` refuses a key for good. JSON in the environment.',
    }),
    allowUnsignedConnectors: Type.Boolean({
      default: false,
      description:
        'Load connectors without a signature too. Whoever can write their folder then runs code in the agent.',
    }),
  },
  strict,
)
