import { featureChoice } from '../../routers/calibrate.ts'
import { chooseThreshold, measureThreshold, type ThresholdEffect, type Wish } from '../../routers/choose-threshold.ts'
import { fitRouter, type RoutedExample, shuffled } from '../../routers/fit-router.ts'
import { createRouter } from '../../routers/router.ts'
import type { Random } from '../../spec/ports.ts'

export interface HeldOutEffectOptions {
  readonly examples: readonly RoutedExample[]
  readonly wish: Wish
  readonly random: Random
  readonly folds?: number
}

/**
 * What calibration does to rows it has not seen: router, curve and threshold are made from the other folds alone, then each row of
 * the held one is decided. Thresholds differ between folds, so rows are told apart by confidence less threshold.
 */
export function heldOutEffect({ examples, wish, random, folds = 5 }: HeldOutEffectOptions): ThresholdEffect {
  const mixed = shuffled(examples, random)
  const margins = new Array<number>(mixed.length).fill(0)
  for (let fold = 0; fold < folds; fold++) {
    const seen = mixed.filter((_, index) => index % folds !== fold)
    const { router, confidences } = fitRouter({ examples: seen, choice: featureChoice(seen), random })
    const threshold = chooseThreshold({ outcomes: seen, confidences, wish })
    const { confidence } = createRouter(router)
    for (const [index, { draft }] of mixed.entries()) {
      if (index % folds === fold) margins[index] = confidence(draft) - threshold
    }
  }
  return measureThreshold({ outcomes: mixed, confidences: margins, threshold: 0, random })
}
