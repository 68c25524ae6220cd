import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findStale } from './generators/all.ts'

/** Writes every file that follows from the code. With `--check` it writes nothing and fails when one is not up to date. */
const root = join(import.meta.dirname, '..', '..')
const isCheck = process.argv.includes('--check')

for (const { path, text } of findStale(root)) {
  if (isCheck) {
    process.stdout.write(`${path} is not up to date; run: node dist/scripts/generate.js\n`)
    process.exitCode = 1
    continue
  }
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  process.stdout.write(`wrote ${path}\n`)
}
