import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'

/** Ends the whole process, and what it has started, when its parent is gone or when it takes too much memory. */
const { parent, maxBytes } = workerData as { readonly parent: number; readonly maxBytes: number } // of smoke-test-process

setInterval(() => {
  const isTooBig = process.memoryUsage.rss() > maxBytes
  if (process.ppid === parent && !isTooBig) return
  if (isTooBig) writeSync(2, `Error: uses more than ${Math.round(maxBytes / 1e6)} MB of memory\n`)
  process.kill(-process.pid, 'SIGKILL')
}, 50)
