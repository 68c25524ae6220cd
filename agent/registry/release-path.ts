/** Longest path of a file of a release; with `package/` before it a tar header of the oldest kind still holds it. */
const maxPathLength = 90

/**
 * What is wrong with a path inside a release, as the end of a sentence; undefined when nothing is. Paths are written with
 * `/` and a small set of ASCII characters, so that they mean the same on every file system.
 */
export function pathProblem(path: string): string | undefined {
  const quoted = JSON.stringify(path.slice(0, 120))
  const segments = path.split('/')
  if (path.startsWith('/') || /^[A-Za-z]:|\\/.test(path) || segments.includes('..')) {
    return `names a file outside itself: ${quoted}`
  }
  if (path.length > maxPathLength) return `has a path of more than ${maxPathLength} characters: ${quoted}`
  const isPlain = segments.every(segment => /^[A-Za-z0-9_@+][A-Za-z0-9_@+.-]*$/.test(segment) && !segment.endsWith('.'))
  return isPlain ? undefined : `has a path with characters that are not allowed: ${quoted}`
}

/** The paths of a release so far, of which no two may meet on any file system. */
export interface PathSet {
  /** Adds a path and the folders above it; what is wrong with that, or undefined. */
  add(path: string, kind: 'file' | 'folder'): string | undefined
}

/** No path yet. */
export function createPathSet(): PathSet {
  const known = new Map<string, { readonly path: string; readonly kind: 'file' | 'folder' }>()

  function add(path: string, kind: 'file' | 'folder'): string | undefined {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    const problem = parent === '' ? undefined : add(parent, 'folder')
    if (problem !== undefined) return problem
    const there = known.get(path.toLowerCase())
    known.set(path.toLowerCase(), { path, kind })
    if (there === undefined) return undefined
    if (there.path !== path) return `has two paths that differ in case only: ${there.path} and ${path}`
    if (there.kind !== kind) return `has a file and a folder of one name: ${path}`
    return kind === 'file' ? `has a file twice: ${path}` : undefined
  }
  return { add }
}
