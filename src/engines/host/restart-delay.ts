const delaysMs = [0, 250, 500, 1000, 2000]

/**
 * Milliseconds to wait before the next start, after so many starts in a row that did not come up; undefined when it is time to give up.
 * A process that had come up and ends is started again at once.
 */
export function restartDelayMs(failedStarts: number): number | undefined {
  return delaysMs[failedStarts]
}
