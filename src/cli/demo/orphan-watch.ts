/** How often is looked whether the parent is still there. */
const everyMs = 500

/**
 * Ends this process as SIGTERM would once the process that started it has gone: `npm start` that is ended by its process id takes its
 * shell with it, and nothing else. Dispose it when the work is done.
 */
export function watchParent(process: Pick<NodeJS.Process, 'ppid' | 'pid' | 'kill'>): Disposable {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, everyMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
