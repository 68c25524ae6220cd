import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createInstallBench, type InstallBench } from '../test/packages.ts'
import { writeRelease } from '../test/release.ts'
import { openTestSupply } from '../test/supply.ts'
import { createReleaseWatch, type Death, judge, type WatchedRun } from './watch.ts'

const since = '2026-11-25T12:00:00.000Z'
const trial = { name: 'small', version: '1.1.0', previous: '1.0.0', since }

/** Runs of a release: so many that succeeded, so many that failed. */
function runs(version: string, succeeded: number, failed: number, endedAt = since): readonly WatchedRun[] {
  const run = { operation: 'copy', source: `small ${version}`, target: 'files 1.0.0', endedAt }
  return [
    ...Array.from({ length: succeeded }, () => ({ ...run, status: 'success' })),
    ...Array.from({ length: failed }, () => ({ ...run, status: 'error' })),
  ]
}

const crash: Death = { code: 'RUNNER_CRASHED', message: 'runner 1 ended with exit code 7', culprit: undefined }

describe('judge', () => {
  test.each<readonly [string, readonly WatchedRun[], string | undefined]>([
    ['few runs', [...runs('1.0.0', 20, 0), ...runs('1.1.0', 0, 4)], undefined],
    ['runs that succeed', [...runs('1.0.0', 20, 0), ...runs('1.1.0', 20, 1)], undefined],
    ['as many failures as before', [...runs('1.0.0', 5, 5), ...runs('1.1.0', 4, 6)], undefined],
    ['nothing but failures, as before', [...runs('1.0.0', 0, 9), ...runs('1.1.0', 0, 9)], undefined],
    [
      'failures from before the update',
      [...runs('1.0.0', 9, 0), ...runs('1.1.0', 0, 9, '2026-11-25T11:59:00.000Z')],
      undefined,
    ],
    ['some failures, when nothing is known of before', runs('1.1.0', 3, 7), undefined],
    [
      'failures where there were none',
      [...runs('1.0.0', 20, 0), ...runs('1.1.0', 3, 2)],
      '2 of 5 runs failed; on 1.0.0 0 of 20 failed',
    ],
    [
      'markedly more failures',
      [...runs('1.0.0', 5, 5), ...runs('1.1.0', 1, 9)],
      '9 of 10 runs failed; on 1.0.0 5 of 10 failed',
    ],
    [
      'nothing but failures, when nothing is known of before',
      runs('1.1.0', 0, 5),
      '5 of 5 runs failed; on 1.0.0 none is known',
    ],
  ])('%s', (_what, known, verdict) => {
    expect(judge(trial, known)).toBe(verdict)
  })

  test('does not count what was canceled or goes on', () => {
    const undecided = runs('1.1.0', 0, 5).map((run, index) =>
      index < 3 ? { ...run, status: 'canceled' } : { ...run, status: 'running', endedAt: '' },
    )

    expect(judge(trial, [...runs('1.0.0', 9, 0), ...undecided])).toBe(undefined)
  })
})

describe('createReleaseWatch', () => {
  let bench: InstallBench
  beforeEach(async () => {
    bench = await createInstallBench()
    await writeRelease(bench.directory, { name: 'small', version: '1.0.0' })
  })
  afterEach(() => bench.close())

  /** A watch after an update from 1.0.0 to 1.1.0. */
  async function openWatch(known: readonly WatchedRun[], graceMs = 60_000) {
    const opened = openTestSupply(bench)
    await opened.versionFor()
    await writeRelease(bench.directory, { name: 'small', version: '1.1.0' })
    await opened.versionFor()
    const watch = createReleaseWatch({
      agent: 'test-agent',
      graceMs,
      state: opened.state,
      find: runId => known[Number(runId)],
      recent: () => known,
      connectorsOf: async operation => (operation === 'copy' ? ['small'] : []),
      goBack: opened.supply.goBack,
      logger: { warn: () => undefined },
    })
    return { ...opened, watch }
  }
  const later = new Date(Date.now() + 3_600_000).toISOString()

  test('goes back when runs fail, and does not come again', async () => {
    const known = [...runs('1.1.0', 0, 5, later), ...runs('1.0.0', 5, 0)]
    const { watch, versionFor, state } = await openWatch(known)
    expect(await versionFor()).toBe('1.1.0')

    await watch.runEnded('0')
    await watch.runEnded('1')

    expect(await versionFor()).toBe('1.0.0')
    expect((await state.of('small')).quarantined).toEqual([
      { version: '1.1.0', reason: '5 of 5 runs failed; on 1.0.0 0 of 5 failed', at: expect.any(String) },
    ])
  })

  test('leaves a release alone after the grace time', async () => {
    const { watch, versionFor } = await openWatch([...runs('1.1.0', 0, 5, later), ...runs('1.0.0', 5, 0)], -1)

    await watch.runEnded('0')

    expect(await versionFor()).toBe('1.1.0')
  })

  test.each<readonly [string, WatchedRun]>([
    ['that ran on it', { operation: 'copy', status: 'running', source: 'small 1.1.0', target: 'files 1.0.0' }],
    ['that had not told its releases yet', { operation: 'copy', status: 'received' }],
  ])('goes back when runners die twice under a run %s', async (_what, run) => {
    const { watch, versionFor, state } = await openWatch([run])

    await watch.runnerDied(['0'], crash)
    const afterOne = await versionFor()
    await watch.runnerDied(['0'], crash)

    expect([afterOne, await versionFor()]).toEqual(['1.1.0', '1.0.0'])
    expect((await state.of('small')).quarantined).toMatchObject([
      { reason: '2 runners died while they ran it: runner 1 ended with exit code 7' },
    ])
  })

  test('does not blame a release for runners that ran another one', async () => {
    const run = { operation: 'copy', status: 'running', source: 'small 1.0.0', target: 'files 1.0.0' }
    const { watch, versionFor } = await openWatch([run])

    for (const _ of [1, 2, 3]) await watch.runnerDied(['0'], crash)

    expect(await versionFor()).toBe('1.1.0')
  })

  const onIt = { operation: 'copy', status: 'running', source: 'small 1.1.0', target: 'files 1.0.0' }

  test('goes back at once when a runner is known to have died of the release', async () => {
    const { watch, versionFor, state } = await openWatch([onIt])

    await watch.runnerDied(['0'], { code: 'CONNECTOR_FAULT', message: 'it threw', culprit: { connector: 'small' } })

    expect(await versionFor()).toBe('1.0.0')
    expect((await state.of('small')).quarantined).toMatchObject([{ reason: 'it threw' }])
  })

  test.each<readonly [string, Death]>([
    ['were killed from outside', { ...crash, code: 'RUN_LOST' }],
    ['died of another connector', { ...crash, culprit: { connector: 'files' } }],
  ])('does not blame a release for runners that %s', async (_how, death) => {
    const { watch, versionFor } = await openWatch([onIt])

    for (const _ of [1, 2, 3]) await watch.runnerDied(['0'], death)

    expect(await versionFor()).toBe('1.1.0')
  })
})
