import { createBench, type Rule } from './conformance-bench.ts'
import { connectionRules } from './conformance-connection.ts'
import { findShapeProblems } from './conformance-shape.ts'
import { sourceRules } from './conformance-source.ts'
import { targetRules } from './conformance-target.ts'
import type { Connector, DataRecord, WriteOutcome } from './connector.ts'

/** Something a connector does that its contract does not allow. */
export interface Finding {
  /** The rule that is broken: `resume`. */
  readonly rule: string
  /** The activity or setting it was found on. */
  readonly subject: string
  readonly message: string
}

/** What a connector is tried with. Nothing here may reach a real account: point the settings at a sandbox. */
export interface ConformanceSamples {
  /** Settings that work. */
  readonly settings: unknown
  /** Settings that do not fit the schema, each in another way. */
  readonly badSettings: readonly unknown[]
  /** Settings that fit but lead nowhere: a port where nobody listens, a missing folder. Absent: there is no vendor. */
  readonly deadSettings?: unknown
  /** Reads that yield the same records each time; three pages or more show most. */
  readonly reads: readonly ReadSample[]
  readonly writes: readonly WriteSample[]
  /** Longest time any one call may take; default 30,000. */
  readonly patienceMs?: number
}

export interface ReadSample {
  readonly activity: string
  readonly options: unknown
}

export interface WriteSample extends ReadSample {
  readonly records: readonly DataRecord[]
  /** What has to become of each record; mix kinds, so that a wrong order shows. */
  readonly expected: readonly WriteOutcome['status'][]
}

/**
 * Tries a connector against its contract and resolves with everything it breaks; an empty list is a pass. Knows no test
 * runner: a connector's test asserts that the list is empty.
 */
export async function checkConnector(connector: Connector, samples: ConformanceSamples): Promise<readonly Finding[]> {
  const findings: Finding[] = findShapeProblems(connector, samples)
  // Nothing else can be tried on what does not even look like a connector.
  if (findings.length > 0) return findings
  const rules: readonly Rule[] = [
    ...connectionRules(samples),
    ...samples.reads.flatMap(sourceRules),
    ...samples.writes.flatMap(targetRules),
  ]
  for (const { rule, subject, check } of rules) {
    const report = (message: string) => findings.push({ rule, subject, message })
    const bench = createBench({ connector, samples, report })
    try {
      await bench.within(check(bench))
    } catch (thrown) {
      report(`threw ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    } finally {
      await bench.close()
    }
  }
  return findings
}
