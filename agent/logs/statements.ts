import type { LogStore } from './store.ts'

/** Prepares each SQL text once: for statements of which there are as many as sets of columns or filters. */
export function createStatements(store: LogStore): (sql: string) => ReturnType<LogStore['prepare']> {
  const statements = new Map<string, ReturnType<LogStore['prepare']>>()
  return sql => {
    const statement = statements.get(sql) ?? store.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
}
