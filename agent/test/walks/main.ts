import { openWalkStage } from './stage.ts'
import { walks } from './walks.ts'

/** Plays the walk-through of docs/finding-faults.md and prints its screens; takes a part of the title of one. */
const wanted = process.argv[2] ?? ''
const stage = await openWalkStage()
try {
  for (const { title, plant, steps } of walks.filter(walk => walk.title.includes(wanted))) {
    process.stdout.write(`\n## ${title}\n`)
    await plant(stage)
    for (const { before, command } of steps) {
      await before?.(stage)
      const { text, exitCode } = await stage.command(command)
      process.stdout.write(`\n$ ${command}\n${text}${exitCode === 0 ? '' : `(exit code ${exitCode})\n`}`)
    }
  }
} finally {
  await stage.close()
}
