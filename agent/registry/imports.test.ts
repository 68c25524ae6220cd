import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import ts from 'typescript'

const root = join(import.meta.dirname, '..', '..', '..')

/** The dynamic imports in a source text whose path is not written out, each as its text. */
function openImports(source: string): readonly string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [path] = node.arguments
      if (path === undefined || !ts.isStringLiteral(path)) found.push(node.getText())
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, true))
  return found
}

function sourceFiles(): readonly string[] {
  return ['agent', 'connectors'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name) && !entry.name.includes('.test.'))
      .map(({ parentPath, name }) => relative(root, join(parentPath, name))),
  )
}

describe('dynamic imports', () => {
  test('of a path that is not written out stand in one file only', () => {
    const files = sourceFiles().filter(file => openImports(readFileSync(join(root, file), 'utf8')).length > 0)

    expect(files).toEqual([join('agent', 'registry', 'import-release.ts')])
  })

  test.each([
    ['await import(path)', ['import(path)']],
    ['const x = () => import(pathOf(x))', ['import(pathOf(x))']],
    ["import('./a' + '.ts')", ["import('./a' + '.ts')"]],
    ["await import('./a.ts')", []],
    ["// import(path)\nconst text = 'import(path)'", []],
    ["let x: import('./a.ts').B", []],
  ])('in %j are %j', (source, expected) => {
    expect(openImports(source)).toEqual(expected)
  })
})
