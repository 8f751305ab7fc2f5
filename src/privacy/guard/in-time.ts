import type { Clock } from '../../spec/ports.ts'

/** What `work` gives, or undefined when it is not there by `deadlineAt` on the monotonic clock. Work that gives its result at once is held to it too. */
export async function inTime<T extends object>(
  work: () => T | Promise<T>,
  deadlineAt: number,
  clock: Clock,
): Promise<T | undefined> {
  const given = work()
  if (!(given instanceof Promise)) return clock.monotonic() > deadlineAt ? undefined : given
  let cancel = () => {}
  const isLate = new Promise<undefined>((resolve) => {
    cancel = clock.after(Math.max(0, deadlineAt - clock.monotonic()), () => resolve(undefined))
  })
  // Whoever is late may fail later; nobody listens then.
  given.catch(() => undefined)
  return Promise.race([given, isLate]).finally(cancel)
}
