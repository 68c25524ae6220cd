import { describe, expect, test } from '@jest/globals'
import { metricDefinitions } from './definitions.ts'

describe('metricDefinitions', () => {
  test.each(Object.entries(metricDefinitions))('%s follows the conventions of Prometheus', (name, { type, help }) => {
    expect(name).toMatch(/^agent_[a-z_]+$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(help).toMatch(/^[A-Z0-9].*\.$/)
    expect(name).not.toMatch(/_(ms|milliseconds|megabytes|minutes)(_|$)/)
  })
})
