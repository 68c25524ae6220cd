/** An object with members of its own that inherits the rest: what connectors give us may be of a class. */
export function inheriting<T extends object>(base: T, own: Partial<T>): T {
  return Object.assign(Object.create(base) as T, own) // it inherits all that T asks for
}
