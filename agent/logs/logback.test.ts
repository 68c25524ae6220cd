import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parseLogback, problemAt } from './logback.ts'

const entry = '<logger name="org.jitterbit.connector.bigcommerce" level="DEBUG"/>'
const shipped = readFileSync(join(import.meta.dirname, '../../../config/logback.xml'), 'utf8')

/** Of a good file its levels, of a broken one where it is broken and why. */
function read(text: string) {
  const file = parseLogback(text)
  return file.ok ? Object.fromEntries(file.levels) : problemAt('f', file.problem)
}

describe('parseLogback', () => {
  const bigcommerce = { 'org.jitterbit.connector.bigcommerce': 'DEBUG' }

  test.each([
    ['the pasted entry', `<configuration>${entry}</configuration>`, bigcommerce],
    ['a byte order mark', `\ufeff<configuration>${entry}</configuration>`, bigcommerce],
    [
      'scan and a declaration',
      `<?xml version="1.0" encoding="UTF-8"?>\r\n<configuration scan="true" scanPeriod="30 seconds" debug='false'>${entry}</configuration>\r\n`,
      bigcommerce,
    ],
    ['an entry in a comment', `<configuration><!-- ${entry} --></configuration>`, {}],
    ['comments around the element', `<!-- a --><configuration/><!-- b -->`, {}],
    [
      'several loggers and root',
      `<configuration>
        <logger name='org.jitterbit.connector' level='off' />
        <logger name="agent.api" level="Trace"></logger>
        <root level="WARN"><appender-ref ref="STDOUT"/></root>
      </configuration>`,
      { 'org.jitterbit.connector': 'OFF', 'agent.api': 'TRACE', ROOT: 'WARN' },
    ],
    [
      'a logger twice',
      `<configuration><logger name="a" level="INFO"/><logger name="a" level="WARN"/></configuration>`,
      { a: 'WARN' },
    ],
    ['a logger without a level', `<configuration><logger name="a" additivity="false"/></configuration>`, {}],
    ['an inherited level', `<configuration><logger name="a" level="INHERITED"/></configuration>`, {}],
    ['a level inside', `<configuration><logger name="a"><level value="ALL"/></logger></configuration>`, { a: 'TRACE' }],
    ['root by its name', `<configuration><logger name="root" level="ERROR"/></configuration>`, { ROOT: 'ERROR' }],
    [
      'the five entities',
      `<configuration><property name="p" value="&lt;&gt;&amp;&quot;&apos;"/>${entry}</configuration>`,
      bigcommerce,
    ],
    ['text between', `<configuration>some words${entry}</configuration>`, bigcommerce],
    ['the file that ships', shipped, {}],
    [
      'the file that ships with its entry taken out of the comment',
      shipped.replace(`<!-- ${entry} -->`, entry),
      bigcommerce,
    ],
  ])('reads %s', (_what, text, levels) => {
    expect(read(text)).toEqual(levels)
  })

  test.each([
    ['', 'f:1:1: there is no element'],
    ['\n  levels', 'f:2:3: a text stands outside of the element'],
    ['<config/>', 'f:1:1: the file begins with <config>, it must be <configuration>'],
    ['<configuration>', 'f:1:1: <configuration> is never closed'],
    [`<configuration>\n  ${entry}\n`, 'f:1:1: <configuration> is never closed'],
    [
      '<configuration>\n<logger name="a" level="INFO">\n</configuration>',
      'f:3:1: </configuration> stands where <logger> of 2:1 must be closed',
    ],
    ['<configuration/></configuration>', 'f:1:17: </configuration> closes nothing'],
    ['<configuration/><configuration/>', 'f:1:17: <configuration> stands after the end'],
    ['<configuration>\n  <!-- a\n</configuration>', 'f:2:3: the comment is never closed'],
    ['<configuration><!-- a -- b --></configuration>', 'f:1:23: a comment must not hold "--"'],
    ['<!DOCTYPE configuration [<!ENTITY a "b">]>\n<configuration/>', 'f:1:1: a document type (DOCTYPE) is not allowed'],
    ['<configuration><![CDATA[a]]></configuration>', 'f:1:16: CDATA is not allowed'],
    ['<configuration><?php echo 1 ?></configuration>', 'f:1:16: a processing instruction is not allowed'],
    ['\n<?xml version="1.0"?><configuration/>', 'f:2:1: the declaration <?xml …?> must be the very first'],
    [
      '<configuration>&secret;</configuration>',
      'f:1:16: &secret; is not known; only &lt; &gt; &amp; &quot; and &apos; are',
    ],
    ['<configuration>&#65;</configuration>', 'f:1:16: &#65; is not known; only &lt; &gt; &amp; &quot; and &apos; are'],
    ['<configuration><logger name="a&b" level="INFO"/></configuration>', 'f:1:31: a "&" is written &amp;'],
    ['<configuration>\n\t<logger name="a" level="INFO"', 'f:2:31: the tag <logger> is never closed by ">"'],
    [
      '<configuration><logger name="a level="INFO"/></configuration>',
      'f:1:39: a quote or a blank is missing before INFO',
    ],
    [
      '<configuration><logger name="a" level=INFO/></configuration>',
      'f:1:33: the value of level must stand in straight quotes that are closed, without "<"',
    ],
    [
      '<configuration><logger name=“a” level="INFO"/></configuration>',
      'f:1:24: the value of name must stand in straight quotes that are closed, without "<"',
    ],
    ['<configuration><logger name="a" level/></configuration>', 'f:1:33: the attribute level has no value'],
    ['<configuration><logger name="a" name="b"/></configuration>', 'f:1:33: the attribute name is given twice'],
    ['<configuration><logger level="INFO"/></configuration>', 'f:1:16: <logger> has no name'],
    [
      '<configuration><logger name="a..b" level="INFO"/></configuration>',
      'f:1:24: "a..b" is no name of a logger: it is words joined by dots',
    ],
    [
      '<configuration>\n  <logger name="a" level="LOUD"/></configuration>',
      'f:2:20: level "LOUD" is not known, it must be TRACE, DEBUG, INFO, WARN, ERROR or OFF',
    ],
    [
      '<configuration><logger name="a" level="$LEVEL"/></configuration>',
      'f:1:33: level "$LEVEL" is not known, it must be TRACE, DEBUG, INFO, WARN, ERROR or OFF',
    ],
    [
      '<configuration><logger name="a" levl="INFO"/></configuration>',
      'f:1:33: <logger> has no attribute levl, did you mean "level"?',
    ],
    [
      '<configuration><loger name="a" level="INFO"/></configuration>',
      'f:1:16: <loger> is not known, did you mean "logger"?',
    ],
    ['<configuration><Root level="INFO"/></configuration>', 'f:1:16: <Root> is not known, did you mean "root"?'],
    [
      '<configuration><root level="INFO"><levels/></root></configuration>',
      'f:1:35: <root> has no element <levels>, did you mean "level"?',
    ],
    ['<configuration><logger name="a"><level/></logger></configuration>', 'f:1:33: <level> has no value'],
    ['<configuration>a < b</configuration>', 'f:1:18: no element begins here; a "<" in a text is written &lt;'],
    ['<configuration></ configuration>', 'f:1:16: the closing tag is not complete'],
  ])('refuses %j', (text, problem) => {
    expect(read(text)).toBe(problem)
  })

  test('tells what has no effect', () => {
    const file = parseLogback(
      `<configuration>
  <appender name="FILE" class="RollingFileAppender"><file>a.log</file></appender>
  <logger name="a" level="INFO" additivity="false"><appender-ref ref="FILE"/></logger>
</configuration>`,
    )

    const ignored = file.ok ? file.ignored.map(problem => problemAt('f', problem)) : []
    expect(ignored).toEqual([
      'f:2:3: <appender> has no effect here',
      'f:3:52: <appender-ref> has no effect here',
      'f:3:33: additivity has no effect here',
    ])
  })

  test.each([
    ['elements inside each other', '<a>'.repeat(60_000)],
    ['quotes that are never closed', `<configuration ${'a="'.repeat(60_000)}`],
    ['one long attribute', `<configuration a="${'b'.repeat(200_000)}`],
    ['ampersands', `<configuration>${'&'.repeat(200_000)}`],
    ['dots in a name', `<configuration><logger name="${'a.'.repeat(60_000)}" level="INFO"/></configuration>`],
    ['comments', `<configuration>${'<!--'.repeat(50_000)}`],
  ])('refuses %s without end at once', (_what, text) => {
    const startedAt = performance.now()

    const file = parseLogback(text)

    expect(file.ok).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(4_000)
  })
})
