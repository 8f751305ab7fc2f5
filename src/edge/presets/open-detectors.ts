import { startNameModel } from '../../engines/names/name-host.ts'
import { createDetector, type DetectorOptions } from '../../privacy/detector.ts'
import type { TextDetector } from '../../privacy/guard/inspect.ts'
import { createNameDetector } from '../../privacy/name-detector.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { bundledNameModel } from './local-names.ts'

/** Detectors without a guard around them, for those who only look: they share one name model, or are recognizers alone. */
export interface OpenedDetectors extends AsyncDisposable {
  /** What they are, for a person. */
  readonly label: string
  detector(options?: DetectorOptions): TextDetector
}

/** `names`: the folder of a name model, or `none`; absent: the bundled one. Throws what `startNameModel` throws. */
export async function openDetectors(names = bundledNameModel): Promise<OpenedDetectors> {
  if (names === 'none') {
    return {
      label: 'recognizers alone',
      detector: (options) => createDetector(options),
      [Symbol.asyncDispose]: async () => undefined,
    }
  }
  const model = await startNameModel({ folder: names, clock: systemClock })
  return {
    label: `recognizers and ${model.id}`,
    detector: (options) => createNameDetector({ recognizers: createDetector(options), classify: model.classify }),
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  }
}
