import { type ErrorRow, releaseErrors } from './release-errors.ts'

/** Every code the agent itself may give. Codes are public: they are never reused or given another meaning. */
export const agentErrors = {
  CONFIG_INVALID: {
    meaning:
      'the configuration of the agent has an unknown key, a wrong type or a value out of range, or its levels file is broken',
    retryable: false,
    httpStatus: 500,
    cure: 'correct the named key in config/agent.yaml, the environment or the flag, or the named place in config/logback.xml',
  },
  PROJECT_INVALID: {
    meaning: 'a file of the project folder is not valid',
    retryable: false,
    httpStatus: 422,
    cure: 'run `agent validate` and correct the named line',
  },
  OPERATION_INVALID: {
    meaning: 'the job or its operation does not fit the published schema',
    retryable: false,
    httpStatus: 422,
    cure: 'correct the path named in the message; the job is not tried again by itself',
  },
  OPERATION_NOT_FOUND: {
    meaning: 'the project has no operation of that name',
    retryable: false,
    httpStatus: 404,
    cure: 'check the name, or deploy the operation to the project folder of the agent',
  },
  CONNECTION_NOT_FOUND: {
    meaning: 'the project has no connection of that name',
    retryable: false,
    httpStatus: 404,
    cure: 'check the name, or deploy the connection to the project folder of the agent',
  },
  VARIABLE_UNDEFINED: {
    meaning: 'a field refers to a variable that has neither a value nor a default',
    retryable: false,
    httpStatus: 422,
    cure: 'give the variable a value in the project or the job, or a default in the reference: [name{default}]',
  },
  SECRET_UNAVAILABLE: {
    meaning: 'a secret that a connection refers to cannot be read or decrypted',
    retryable: false,
    httpStatus: 422,
    cure: 'set the named environment variable, provide the file, or encrypt the value again with the key of this agent',
  },
  ...releaseErrors,
  POLICY_NOT_SAVED: {
    meaning: 'a policy that was set holds, but could not be written down',
    retryable: true,
    httpStatus: 507,
    cure: 'free space in the data directory, or make it writable, and set the policy again',
  },
  ACTIVITY_UNKNOWN: {
    meaning: 'the connector has no such activity, or it has the other role',
    retryable: false,
    httpStatus: 422,
    cure: 'choose an activity the connector offers for that side of the operation',
  },
  TRANSFORMATION_INVALID: {
    meaning: 'a transformation cannot be compiled, or failed on a record',
    retryable: false,
    httpStatus: 422,
    cure: 'correct the named field of the transformation',
  },
  TOO_MANY_WAITING: {
    meaning: 'so many requests wait for changes of runs that no more may',
    retryable: true,
    httpStatus: 503,
    cure: 'ask without `wait`, and look for pollers that do not end; one or a few are enough',
  },
  RUN_NOT_FOUND: {
    meaning: 'no run of that id is known to this agent',
    retryable: false,
    httpStatus: 404,
    cure: 'check the id; runs older than the retention time are gone',
  },
  DEBUG_LOG_NOT_FOUND: {
    meaning: 'there is no debug data of that run on this agent',
    retryable: false,
    httpStatus: 404,
    cure: 'switch it on with `agent debug on` before the run, ask the agent that ran it, or look at debugLogs.retentionHours',
  },
  DEBUG_LOG_UNREADABLE: {
    meaning: 'debug data cannot be decrypted: it was written with another key, or was changed',
    retryable: false,
    httpStatus: 500,
    cure: 'give the agent the key of secrets.keyFile that it was written with; what is damaged is lost',
  },
  RUN_CANCELED: {
    meaning: 'the run was canceled on request',
    retryable: false,
    httpStatus: 409,
    cure: 'submit the operation again when it is wanted',
  },
  RUN_ENDED: {
    meaning: 'the run has already ended',
    retryable: false,
    httpStatus: 409,
    cure: 'nothing; its operation log tells how it ended',
  },
  RUN_ID_TAKEN: {
    meaning: 'another operation has been submitted under this run id',
    retryable: false,
    httpStatus: 409,
    cure: 'choose another run id, or leave it out',
  },
  RUN_TIMEOUT: {
    meaning: 'the run took longer than the operation allows',
    retryable: false,
    httpStatus: 504,
    cure: 'raise timeoutSeconds of the operation, or make it read less',
  },
  TOO_MANY_REJECTED: {
    meaning: 'so many records were rejected or in doubt that the operation asks to stop',
    retryable: false,
    httpStatus: 422,
    cure: 'look at them with `agent rejected`, mend the cause, `agent replay` them, then submit the operation again',
  },
  REPLAY_REFUSED: {
    meaning: 'these records cannot be replayed',
    retryable: false,
    httpStatus: 422,
    cure: 'do as the message says; `agent rejected` lists the records of a run',
  },
  REPLAY_GONE: {
    meaning: 'the records that a run was to replay are gone from Redis',
    retryable: false,
    httpStatus: 410,
    cure: 'replay the records of the earlier run with --again; look why Redis lost them, or why the run waited so long',
  },
  LOOK_UP_TIMEOUT: {
    meaning: 'looking something up over a connection took longer than a minute',
    retryable: true,
    httpStatus: 504,
    cure: 'ask for less, by a filter or a smaller limit; the connector log tells what took so long',
  },
  RUN_LOST: {
    meaning: 'the run was cut off: its runner ended, or another runner has taken it over',
    retryable: true,
    httpStatus: 409,
    cure: 'nothing, the run goes on; if it happens often, do as the message says, or look at the load of machine and Redis',
  },
  RUN_INTERRUPTED: {
    meaning: 'the runner died or the agent stopped more often than a run is taken again',
    retryable: false,
    httpStatus: 500,
    cure: 'mend the cause that the message names (the agent log tells more), then submit the operation again',
  },
  RUNNER_OUT_OF_MEMORY: {
    meaning: 'the runner needed more memory than runnerMemoryMegabytes allows; a run that does it twice is ended',
    retryable: false,
    httpStatus: 500,
    cure: 'give runners more memory or fewer runs at once (runsPerRunner); a connector that leaks: tell its author',
  },
  RUNNER_SILENT: {
    meaning: 'the runner did not answer for runnerSilenceSeconds; a run that does it twice at the same place is ended',
    retryable: false,
    httpStatus: 500,
    cure: 'the message tells where the connector hung: tell its author; nothing told: look whether the machine stood still',
  },
  RUNNER_CRASHED: {
    meaning: 'the runner crashed; a run that does it twice at the same place is ended',
    retryable: false,
    httpStatus: 500,
    cure: 'look into the agent log around that time; a connector with native code: tell its author',
  },
  AGENT_STOPPING: {
    meaning: 'the agent is stopping and hands the run back to the queue at its checkpoint',
    retryable: true,
    httpStatus: 503,
    cure: 'nothing; an agent of the group goes on with it',
  },
  AGENT_UNREACHABLE: {
    meaning: 'the command found no running agent',
    retryable: true,
    httpStatus: 503,
    cure: 'start the agent, or name its address with --url',
  },
  RUNNER_UNAVAILABLE: {
    meaning: 'no runner process could take the request',
    retryable: true,
    httpStatus: 503,
    cure: 'wait for the runners to come back; the agent log tells why they are away',
  },
  REDIS_UNAVAILABLE: {
    meaning: 'Redis cannot be reached',
    retryable: true,
    httpStatus: 503,
    cure: 'start Redis or correct redis.url; the agent goes on by itself when Redis answers again',
  },
  LOG_STORE_FAILED: {
    meaning: 'the store of the operation logs cannot be opened or written',
    retryable: true,
    httpStatus: 500,
    cure: 'check space and rights of the data directory',
  },
  REQUEST_INVALID: {
    meaning: 'the API request does not fit its schema',
    retryable: false,
    httpStatus: 400,
    cure: 'correct the named field; /openapi.json describes every request',
  },
  REQUEST_TOO_LARGE: {
    meaning: 'the body of the API request is larger than 1 MB',
    retryable: false,
    httpStatus: 413,
    cure: 'send less; records belong into files or the source of an operation, not into a request',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    meaning: 'the body of the API request is not of a type that the route takes',
    retryable: false,
    httpStatus: 415,
    cure: 'send JSON, with the header `content-type: application/json`',
  },
  ROUTE_NOT_FOUND: {
    meaning: 'the API has no such route',
    retryable: false,
    httpStatus: 404,
    cure: 'see /openapi.json for the routes',
  },
  UNAUTHORIZED: {
    meaning: 'the API request carries no valid bearer token',
    retryable: false,
    httpStatus: 401,
    cure: 'send the token of the file api.tokenFile as `Authorization: Bearer …`',
  },
  INTERNAL: {
    meaning: 'the agent failed in a way nobody foresaw',
    retryable: false,
    httpStatus: 500,
    cure: 'send the agent log around that time to the maintainers',
  },
} as const satisfies { readonly [code: string]: ErrorRow }

export type AgentErrorCode = keyof typeof agentErrors

/** What the agent throws when it knows the cause. Match `code`, never the message. */
export class AgentError extends Error {
  override readonly name = 'AgentError'
  readonly code: AgentErrorCode
  readonly retryable: boolean

  /** `message`: what failed, on what, in lower case, no full stop, no secrets. */
  constructor(code: AgentErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
    this.retryable = agentErrors[code].retryable
  }
}

/** Any thrown value as an Error, made once at the border to code that is not ours. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
}

/** The code of an error of ours or of a connector, of whichever copy of the class; undefined for foreign errors. */
export function errorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return undefined
  return thrown.name === 'AgentError' || thrown.name === 'ConnectorError' ? thrown.code : undefined
}
