import { describe, expect, test } from '@jest/globals'
import { parseTraceparent, traceContextIn } from './trace-context.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const span = 'b7ad6b7169203331'

describe('parseTraceparent', () => {
  test.each([
    [`00-${trace}-${span}-01`, 1],
    [`00-${trace}-${span}-00`, 0],
    [`01-${trace}-${span}-01-of-the-future`, 1],
  ])('takes %s', (text, flags) => {
    expect(parseTraceparent(text)).toEqual({ traceId: trace, spanId: span, flags })
  })

  test.each([
    ['', 'nothing'],
    [`00-${trace}-${span}-01-more`, 'more than version 0 has'],
    [`ff-${trace}-${span}-01`, 'the version that is none'],
    [`00-${'0'.repeat(32)}-${span}-01`, 'no trace'],
    [`00-${trace}-${'0'.repeat(16)}-01`, 'no span'],
    [`00-${trace.toUpperCase()}-${span}-01`, 'capital letters'],
    [7, 'a number'],
    [undefined, 'undefined'],
  ])('takes %p for none: %s', (text, _why) => {
    expect(parseTraceparent(text)).toBeUndefined()
  })
})

describe('traceContextIn', () => {
  test.each([
    [{ traceparent: `00-${trace}-${span}-01` }, { traceparent: `00-${trace}-${span}-01` }],
    [
      { traceparent: `00-${trace}-${span}-01`, tracestate: 'a=1' },
      { traceparent: `00-${trace}-${span}-01`, tracestate: 'a=1' },
    ],
    [{ traceparent: `00-${trace}-${span}-01`, tracestate: 'a'.repeat(513) }, { traceparent: `00-${trace}-${span}-01` }],
    [{ traceparent: 'nonsense', tracestate: 'a=1' }, undefined],
    [{ tracestate: 'a=1' }, undefined],
  ])('finds in %j the context %j', (headers, context) => {
    expect(traceContextIn(headers)).toEqual(context)
  })
})
