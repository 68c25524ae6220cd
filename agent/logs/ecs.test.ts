import { describe, expect, test } from '@jest/globals'
import { fieldsOf, toEcsLine } from './ecs.ts'

describe('toEcsLine', () => {
  test('spreads an error over the fields that ECS has for it', () => {
    const err = { type: 'TypeError', message: 'inner', stack: 'at x', code: 'E1' }

    const line = toEcsLine(`${JSON.stringify({ level: 'error', time: 't', agent: 'a', err })}\n`)

    expect(JSON.parse(line)).toEqual({
      '@timestamp': 't',
      'log.level': 'error',
      'service.node.name': 'a',
      'service.name': 'commerce-agent',
      'ecs.version': '8.11.0',
      'error.type': 'TypeError',
      'error.message': 'inner',
      'error.stack_trace': 'at x',
      'commerce_agent.error.code': 'E1',
    })
  })

  test('leaves a text that is no JSON as it is', () => {
    expect(toEcsLine('hello\n')).toBe('hello\n')
  })
})

describe('fieldsOf', () => {
  test('gives the same fields whichever names a line was written with', () => {
    const fields = { level: 'info', time: 't', pid: 1, agent: 'a', logger: 'agent', runId: 'r', message: 'm' }
    const line = `${JSON.stringify(fields)}\n`

    expect(fieldsOf(line)).toEqual(fields)
    expect(fieldsOf(toEcsLine(line))).toEqual(fields)
  })
})
