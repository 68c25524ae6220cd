import { describe, expect, test } from '@jest/globals'
import { type DeathEvidence, diagnose, type KillReason, type RunnerExit } from './runner-death.ts'
import type { LastWords } from './runner-last-words-reader.ts'

const code = (exitCode: number): RunnerExit['manner'] => ({ tag: 'code', exitCode })
const signal = (name: string): RunnerExit['manner'] => ({ tag: 'signal', signal: name })
const silence: KillReason = { tag: 'silence', seconds: 60 }
const memory: KillReason = { tag: 'memory', megabytes: 1_100 }
const frame = 'at read (file:///releases/shop/2.1.0-0123456789ab/index.js:7:13)'
const ownFrame = 'at run (file:///dist/agent/run/run.js:1:2)'
const work = { runId: 'r', connector: 'shop', version: '2.1.0', activity: 'Query' }

function diagnosed(exit: Partial<RunnerExit>, more: Partial<DeathEvidence> = {}) {
  const whole = { manner: signal('SIGKILL'), isHeapFull: false, ...exit }
  return diagnose({ runner: 1, exit: whole, limitMegabytes: 1_024, held: ['r'], hasLookUps: false, ...more })
}

describe('diagnose', () => {
  test.each<readonly [string, string, Partial<RunnerExit>, Partial<DeathEvidence>]>([
    ['RUN_LOST', 'was killed from outside by SIGKILL (by a person, or by the system when memory was short)', {}, {}],
    ['RUN_LOST', 'was killed because the agent stopped', {}, { killedFor: { tag: 'stop' } }],
    [
      'RUNNER_OUT_OF_MEMORY',
      'ran out of memory: it held 1100 MB and was killed (runnerMemoryMegabytes: 1024)',
      {},
      { killedFor: memory },
    ],
    [
      'RUNNER_OUT_OF_MEMORY',
      'ran out of memory: its heap was full (runnerMemoryMegabytes: 1024)',
      { manner: signal('SIGABRT'), isHeapFull: true },
      {},
    ],
    [
      'RUNNER_OUT_OF_MEMORY',
      'ran out of memory: its heap was full (runnerMemoryMegabytes: 1024)',
      { isHeapFull: true },
      { killedFor: silence },
    ],
    ['RUNNER_SILENT', 'did not answer for 60 s and was killed', {}, { killedFor: silence }],
    [
      'RUNNER_SILENT',
      'did not answer for 60 s and was killed: connector shop 2.1.0 (Query, index.js:7:13) did not come back',
      { lastWords: { tag: 'stuck', stack: frame, work } },
      { killedFor: silence },
    ],
    ['RUNNER_CRASHED', 'crashed by SIGABRT (process.abort or native code)', { manner: signal('SIGABRT') }, {}],
    ['RUNNER_CRASHED', 'ended with exit code 9', { manner: code(9) }, {}],
    ['RUNNER_CRASHED', 'ended with exit code 0', { manner: code(0), lastWords: { tag: 'exit', stack: ownFrame } }, {}],
    ['RUNNER_CRASHED', 'could not be started: no file', { manner: { tag: 'never-began', message: 'no file' } }, {}],
    [
      'RUNNER_CRASHED',
      'left a rejected promise unhandled: oops',
      { manner: code(1), lastWords: { tag: 'rejection', message: 'oops', stack: ownFrame } },
      {},
    ],
  ])('%s: runner 1 %s', (errorCode, text, exit, more) => {
    const death = diagnosed(exit, more)

    expect(death).toMatchObject({ code: errorCode, message: `runner 1 ${text}` })
  })

  test.each<readonly [string, LastWords]>([
    [
      'connector shop 2.1.0 (Query) threw an exception nobody caught: oops',
      { tag: 'exception', message: 'oops', stack: ownFrame, work },
    ],
    [
      'connector shop 2.1.0 (index.js:7:13) left a rejected promise unhandled: oops',
      { tag: 'rejection', message: 'oops', stack: `${ownFrame}\n${frame}` },
    ],
    [
      'connector shop 2.1.0 (load, index.js:7:13) ended its process by process.exit',
      { tag: 'exit', stack: frame, work: { runId: 'r', connector: 'shop', activity: 'load' } },
    ],
    [
      'connector shop 2.1.0 (index.js:7:13) ended its process by process.exit',
      { tag: 'exit', stack: frame, work: { ...work, connector: 'files', version: '1.0.0' } },
    ],
  ])('CONNECTOR_FAULT: %s', (text, lastWords) => {
    const death = diagnosed({ manner: code(1), lastWords })

    expect(death).toMatchObject({ code: 'CONNECTOR_FAULT', message: `${text}; runner 1 ended by it` })
  })

  test.each<readonly [string, string | undefined, Partial<RunnerExit>, Partial<DeathEvidence>]>([
    ['the only run of a runner', 'r', { manner: signal('SIGSEGV') }, {}],
    ['the only run, whose memory it was', 'r', {}, { killedFor: memory }],
    ['none of two', undefined, {}, { killedFor: memory, held: ['r', 's'] }],
    ['none while something is looked up', undefined, {}, { killedFor: memory, hasLookUps: true }],
    ['none when it was killed from outside', undefined, {}, {}],
    ['none when it was killed with the agent', undefined, {}, { killedFor: { tag: 'stop' } }],
    [
      'the one that the words name',
      's',
      { lastWords: { tag: 'stuck', stack: '', work: { ...work, runId: 's' } } },
      { killedFor: silence, held: ['r', 's'] },
    ],
    [
      'none when the words name one that has ended',
      undefined,
      { lastWords: { tag: 'stuck', stack: frame, work: { ...work, runId: 'ended' } } },
      { killedFor: silence },
    ],
    [
      'the only run, not the one that was stuck before',
      'r',
      { manner: signal('SIGSEGV'), lastWords: { tag: 'stuck', stack: frame, work: { ...work, runId: 's' } } },
      {},
    ],
    [
      'none when the agent itself failed',
      undefined,
      { manner: code(1), lastWords: { tag: 'exception', message: 'oops', stack: ownFrame } },
      {},
    ],
    [
      'none when a connector threw that no run used',
      undefined,
      { manner: code(1), lastWords: { tag: 'exception', message: 'oops', stack: frame } },
      {},
    ],
  ])('blames %s', (_whom, runId, exit, more) => {
    expect(diagnosed(exit, more).culprit?.runId).toBe(runId)
  })

  test('names the release to blame', () => {
    const lastWords: LastWords = { tag: 'exit', stack: frame, work }

    expect(diagnosed({ manner: code(0), lastWords }).culprit).toEqual(work)
  })
})
