import { InvalidArgumentError } from 'commander'
import type { z } from 'zod'

/** Reads the value of an option with the schema of the setting that it stands for, so that both take the same values. */
export function parsedBy<T>(schema: z.ZodType<T>, { isNumber = false } = {}): (text: string) => T {
  return (text) => {
    // Number('') is 0.
    const value = isNumber && text.trim() !== '' ? Number(text) : text
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => `${message}.`).join(' '))
  }
}
