import { detectInTexts } from '../../privacy/detect-in-texts.ts'
import type { TextDetector } from '../../privacy/guard/inspect.ts'
import type { Finding } from '../../privacy/recognizers/recognizer.ts'

const batchTexts = 50

/** What a detector finds in each of many texts. */
export async function detectInBatches(
  detector: TextDetector,
  texts: readonly string[],
): Promise<readonly (readonly Finding[])[]> {
  const { signal } = new AbortController()
  const found: (readonly Finding[])[] = []
  for (let start = 0; start < texts.length; start += batchTexts) {
    found.push(...(await detectInTexts(detector, texts.slice(start, start + batchTexts), signal)))
  }
  return found
}
