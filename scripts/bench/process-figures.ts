import { readFileSync } from 'node:fs'

/** The most memory the process has had resident, by Linux. */
export function peakMb(pid: number): number {
  return statusMb(pid, 'VmHWM')
}

/** Time the process has spent on a core so far, by Linux in hundredths of a second. Less noisy than the clock. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** The most memory in the first and in the second half of a time: about the same where memory is flat. */
export interface MemoryHalves {
  readonly firstHalfMb: number
  readonly secondHalfMb: number
}

const sampleEveryMs = 200

/** Looks at the memory of a process until it is asked for what it saw. */
export function watchMemory(pid: number): { stop(): MemoryHalves } {
  const samples: number[] = []
  const timer = setInterval(() => samples.push(statusMb(pid, 'VmRSS')), sampleEveryMs)
  return {
    stop() {
      clearInterval(timer)
      const middle = Math.ceil(samples.length / 2)
      return {
        firstHalfMb: Math.max(0, ...samples.slice(0, middle)),
        secondHalfMb: Math.max(0, ...samples.slice(middle)),
      }
    },
  }
}

function statusMb(pid: number, field: 'VmHWM' | 'VmRSS'): number {
  try {
    const [, kilobytes = '0'] =
      new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Math.round(Number(kilobytes) / 1_024)
  } catch {
    return 0 // the process has ended
  }
}
