import type { TextDetector } from './guard/inspect.ts'
import type { Finding } from './recognizers/recognizer.ts'

/** All that a detector finds in each of these texts, for those who have no guard around it. Rejects where the detector does. */
export async function detectInTexts(
  detector: TextDetector,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly Finding[])[]> {
  const detected = await Promise.all(
    texts.map(async (text) => ({ text, findings: await detector.detect(text, signal) })),
  )
  return detector.complete?.(detected, signal) ?? detected.map(({ findings }) => findings)
}
