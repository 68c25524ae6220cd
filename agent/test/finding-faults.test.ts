import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openWalkStage, type WalkStage } from './walks/stage.ts'
import { walks } from './walks/walks.ts'

const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'finding-faults.md')
let stage: WalkStage
beforeAll(async () => {
  stage = await openWalkStage()
}, 60_000)
afterAll(() => stage.close())

describe('an operator finds', () => {
  test.each(walks)(
    '$title',
    async ({ plant, steps }) => {
      await plant(stage)

      for (const { before, command, shows, exitCode = 0 } of steps) {
        await before?.(stage)
        const screen = await stage.command(command)
        for (const wanted of shows) expect(`$ ${command}\n${screen.text}`).toMatch(wanted)
        expect(`$ ${command}: ${screen.exitCode}`).toBe(`$ ${command}: ${exitCode}`)
      }
    },
    120_000,
  )

  test('every command of the walk-through on its page', async () => {
    const text = await readFile(page, 'utf8')

    const commands = walks.flatMap(({ steps }) => steps.map(({ command }) => command))
    expect(commands.filter(command => !text.includes(`$ ${command}\n`))).toEqual([])
  })
})
