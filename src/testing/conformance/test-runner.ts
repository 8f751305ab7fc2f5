/** The three functions of a test runner; vitest's fit as they are. */
export interface TestRunner {
  describe(name: string, body: () => void): void
  it(name: string, body: () => Promise<void>): void
  expect(value: unknown): {
    toBe(expected: unknown): void
    toEqual(expected: unknown): void
    toMatchObject(expected: Record<string, unknown> | readonly unknown[]): void
  }
}
