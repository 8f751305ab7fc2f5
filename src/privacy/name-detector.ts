import { EdgewiseError } from '../spec/errors.ts'
import type { ClassifyTokens, TokenClass } from '../spec/ports.ts'
import { doubtfulNames } from './doubtful-names.ts'
import type { DetectedText, TextDetector } from './guard/inspect.ts'
import { mergeNames } from './merge-names.ts'
import type { Detector } from './recognizers/recognizer.ts'

export interface NameDetectorOptions {
  readonly recognizers: Detector
  readonly classify: ClassifyTokens
}

/**
 * Recognizers and a name model as one detector: recognizers read each text by itself, the model all texts of a request together. What the model
 * throws is thrown: a request that it did not read counts as sensitive.
 */
export function createNameDetector({ recognizers, classify }: NameDetectorOptions): TextDetector {
  return {
    detect: (text) => recognizers.detect(text),
    async complete(texts, signal) {
      const toRead = texts.filter(hasLetters)
      if (toRead.length === 0) return texts.map(({ findings }) => findings)
      const named = await classify(
        toRead.map(({ text, prose }) => prose ?? text),
        signal,
      )
      if (named.length !== toRead.length) throw incomplete(named.length, toRead.length)
      const byText = new Map<DetectedText, readonly TokenClass[]>(
        toRead.map((text, index) => [text, named[index] ?? []]),
      )
      return texts.map((detected) => {
        const { text, findings } = detected
        return mergeNames(text, findings, believable(text, byText.get(detected) ?? []))
      })
    },
  }
}

/** What looks like no name has to be this sure. */
const sureOfDoubtful = 0.95

function believable(text: string, named: readonly TokenClass[]): readonly TokenClass[] {
  if (named.length === 0) return named
  const isDoubtful = doubtfulNames(text)
  return named.filter((name) => name.score >= sureOfDoubtful || !isDoubtful(name))
}

/** Where there are none, there are no names. */
function hasLetters({ text, prose = text }: DetectedText): boolean {
  return /\p{L}/u.test(prose)
}

function incomplete(answered: number, asked: number): EdgewiseError {
  return new EdgewiseError('model-invalid', `the name model answered ${answered} of ${asked} texts`)
}
