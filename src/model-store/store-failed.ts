import { EdgewiseError } from '../spec/errors.ts'

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: make room, then run the same command again; it goes on from here',
  EDQUOT: 'the quota is used up: make room, then run the same command again; it goes on from here',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it can only be read',
}

/** An error of the file system as `store-failed` with what to do; any other thing as it is. */
export function asStoreFailed(thrown: unknown, path: string): unknown {
  if (thrown instanceof EdgewiseError || !(thrown instanceof Error)) return thrown
  const { code } = thrown as NodeJS.ErrnoException
  if (code === undefined || !/^E[A-Z]+$/.test(code)) return thrown
  return new EdgewiseError('store-failed', `${path} cannot be written: ${advice[code] ?? thrown.message}`, {
    cause: thrown,
  })
}
