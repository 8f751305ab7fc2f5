import type { Context } from 'hono'
import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'
import { type InferenceMode, inferenceMode } from '../../spec/policy.ts'
import type { Priority } from '../../spec/request.ts'
import { requestHeader } from './node-request.ts'

/** What a caller asks for in headers; absent: as policy says. */
export interface Wishes {
  readonly mode: InferenceMode | undefined
  readonly deadlineMs: number | undefined
  readonly conversation: string | undefined
  readonly priority: Priority | undefined
}

const deadline = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
  .pipe(z.int().min(1))
const priorityName: z.ZodType<Priority> = z.enum(['urgent', 'normal', 'background'])
const conversationName = z.string().regex(/^[\x21-\x7e]{1,128}$/)

/** Reads the caller's headers. Throws `invalid-request` that names the header and what it must be. */
export function readWishes(context: Context): Wishes {
  return {
    mode: parseHeader(
      'x-edgewise-mode',
      requestHeader(context, 'x-edgewise-mode'),
      inferenceMode,
      'only-edge, prefer-edge, prefer-cloud or only-cloud (or only_on_device, prefer_on_device, prefer_in_cloud, only_in_cloud)',
    ),
    deadlineMs: parseHeader(
      'x-edgewise-deadline-ms',
      requestHeader(context, 'x-edgewise-deadline-ms'),
      deadline,
      'a whole number of milliseconds',
    ),
    conversation: parseHeader(
      'x-edgewise-conversation',
      requestHeader(context, 'x-edgewise-conversation'),
      conversationName,
      'up to 128 printable ASCII characters without spaces',
    ),
    priority: parseHeader(
      'x-edgewise-priority',
      requestHeader(context, 'x-edgewise-priority'),
      priorityName,
      'urgent, normal or background',
    ),
  }
}

function parseHeader<T>(
  name: string,
  value: string | undefined,
  schema: z.ZodType<T>,
  expected: string,
): T | undefined {
  if (value === undefined) return undefined
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new EdgewiseError('invalid-request', `Header ${name} must be ${expected}.`, { param: name })
}
