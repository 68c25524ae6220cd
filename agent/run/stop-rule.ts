import { type Static, Type } from '@sinclair/typebox'
import { AgentError } from '../errors.ts'
import type { RunCounts } from './status.ts'

/** When a run gives up because of records that were not written; part of operations, and of jobs, which come first. */
export const stopRuleFields = {
  continueOnError: Type.Optional(
    Type.Boolean({
      description: 'Go on when a record is rejected or in doubt; default: true. False: the first ends the run.',
    }),
  ),
  stopAfterRejected: Type.Optional(
    Type.Integer({ minimum: 1, description: 'End the run in error when so many records are rejected or in doubt.' }),
  ),
  stopAfterRejectedPercent: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 100,
      description:
        'End the run in error when so many percent of the records are rejected or in doubt; judged from 100 records on, and at the end.',
    }),
  ),
}
const stopRule = Type.Object(stopRuleFields)
export type StopRule = Static<typeof stopRule>

/** A share of fewer records than these says little while more are to come. */
const minimumRecords = 100

/** The rule of a run: what the job says comes before what the operation says, field by field. */
export function stopRuleOf(job: StopRule, operation: StopRule): StopRule {
  const rule: { -readonly [field in keyof StopRule]: StopRule[field] } = {}
  for (const from of [operation, job]) {
    if (from.continueOnError !== undefined) rule.continueOnError = from.continueOnError
    if (from.stopAfterRejected !== undefined) rule.stopAfterRejected = from.stopAfterRejected
    if (from.stopAfterRejectedPercent !== undefined) rule.stopAfterRejectedPercent = from.stopAfterRejectedPercent
  }
  return rule
}

/** Throws TOO_MANY_REJECTED when the counts break the rule. `isEnd`: no records are to come. */
export function enforceStopRule(rule: StopRule, counts: RunCounts, isEnd: boolean): void {
  const broken = brokenRule(rule, counts, isEnd)
  if (broken === undefined) return
  const { rejected, unknown, read } = counts
  const refused = `${told(rejected)} rejected${unknown > 0 ? ` and ${told(unknown)} in doubt` : ''}`
  throw new AgentError('TOO_MANY_REJECTED', `${refused} of ${told(read)} records: stopped by ${broken}`)
}

function brokenRule(rule: StopRule, counts: RunCounts, isEnd: boolean): string | undefined {
  const failed = counts.rejected + counts.unknown
  if (failed === 0) return undefined
  const { continueOnError = true, stopAfterRejected, stopAfterRejectedPercent } = rule
  if (!continueOnError) return 'continueOnError: false'
  if (stopAfterRejected !== undefined && failed >= stopAfterRejected) return `stopAfterRejected: ${stopAfterRejected}`
  if (stopAfterRejectedPercent === undefined || (counts.read < minimumRecords && !isEnd)) return undefined
  const isBroken = failed * 100 >= counts.read * stopAfterRejectedPercent
  return isBroken ? `stopAfterRejectedPercent: ${stopAfterRejectedPercent}` : undefined
}

function told(count: number): string {
  return count.toLocaleString('en-US')
}
