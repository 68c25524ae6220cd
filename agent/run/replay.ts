import type { Redis } from 'ioredis'
import type { DataRecord, Page, Position } from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'
import type { RecordStage } from '../logs/unsettled-records.ts'
import { answerOfRedis } from '../redis-answers.ts'
import type { OperationJob } from './operation.ts'
import type { CompiledTransformation } from './transformation.ts'

/** A record that is run again. One of stage `target` goes to the target as it is, the others are transformed first. */
export interface ReplayedRecord {
  readonly stage: RecordStage
  readonly record: DataRecord
}

/** Records on their way to the run that takes them up again, in the Redis of the group: any agent may run it. */
export interface ReplayStore {
  /** Puts the records of a run there, in chunks; resolves with how many chunks. Throws REDIS_UNAVAILABLE. */
  put(runId: string, records: Iterable<ReplayedRecord>): Promise<number>
  /** One chunk, from 0. Throws REPLAY_GONE, REDIS_UNAVAILABLE. */
  chunk(runId: string, index: number): Promise<readonly ReplayedRecord[]>
  drop(runId: string): Promise<void>
}

/** As long as checkpoints: a run that nobody takes up in so long never will be. */
const keepSeconds = 14 * 24 * 3600
const chunkRecords = 500
const chunkChars = 1_000_000

/** Records below `<prefix>:replay:<id>`, a list of chunks; each chunk is a JSON list. */
export function createReplayStore(redis: Redis, prefix: string): ReplayStore {
  const keyOf = (runId: string) => `${prefix}:replay:${runId}`
  return {
    async put(runId, records) {
      const key = keyOf(runId)
      await answerOfRedis(() => redis.del(key))
      let chunks = 0
      for (const chunk of chunksOf(records)) {
        await answerOfRedis(() => redis.multi().rpush(key, chunk).expire(key, keepSeconds).exec())
        chunks += 1
      }
      const stored = await answerOfRedis(() => redis.llen(key))
      if (stored !== chunks) throw new AgentError('REDIS_UNAVAILABLE', 'redis did not take all records of the replay')
      return chunks
    },
    async chunk(runId, index) {
      const text = await answerOfRedis(() => redis.lindex(keyOf(runId), index))
      if (text === null) throw new AgentError('REPLAY_GONE', `the records of replay ${runId} are gone from redis`)
      return JSON.parse(text) as readonly ReplayedRecord[] // written by put above
    },
    async drop(runId) {
      await answerOfRedis(() => redis.del(keyOf(runId)))
    },
  }
}

/** A replay as one attempt at it sees it. */
export interface Replay {
  /** `replay of run r: 12 records take the place of the source`. */
  readonly text: string
  /** Pages in place of those of the source; the position is the number of the next chunk. */
  read(resumeFrom: Position | undefined, signal: AbortSignal): AsyncIterable<Page>
  /** Leaves alone what has been through the transformation already. */
  around(transformation: CompiledTransformation): CompiledTransformation
}

/** The replay that a job asks for. */
export function openReplay(
  { runId: of, records, chunks }: NonNullable<OperationJob['replayOf']>,
  runId: string,
  store: Pick<ReplayStore, 'chunk'>,
): Replay {
  const wasSent = new WeakSet<DataRecord>()
  return {
    text: `replay of run ${of}: ${records.toLocaleString('en-US')} records take the place of the source`,
    async *read(resumeFrom, signal) {
      for (let index = typeof resumeFrom === 'number' ? resumeFrom : 0; index < chunks; index += 1) {
        signal.throwIfAborted()
        const chunk = await store.chunk(runId, index)
        for (const { stage, record } of chunk) if (stage === 'target') wasSent.add(record)
        yield { records: chunk.map(({ record }) => record), position: index + 1, total: records }
      }
    },
    around: ({ apply }) => ({
      fields: undefined,
      apply: record => (wasSent.has(record) ? { status: 'record', record } : apply(record)),
    }),
  }
}

function* chunksOf(records: Iterable<ReplayedRecord>): Generator<string> {
  let texts: string[] = []
  let chars = 0
  for (const record of records) {
    const text = JSON.stringify(record)
    texts.push(text)
    chars += text.length
    if (texts.length < chunkRecords && chars < chunkChars) continue
    yield `[${texts.join(',')}]`
    texts = []
    chars = 0
  }
  if (texts.length > 0) yield `[${texts.join(',')}]`
}
