import type { Generator } from '../engines/engine.ts'
import { EdgewiseError } from '../spec/errors.ts'
import type { LinkProfile } from '../spec/link-profile.ts'
import type { RequestViews, SanitisedRequest } from '../spec/outbound.ts'
import type { Estimate } from '../spec/plan.ts'
import type { InferenceRequest } from '../spec/request.ts'
import { failing } from './failing.ts'
import { generatorLacks } from './local.ts'
import type { Placement } from './placement.ts'

/** What is assumed of a hub that has not answered yet: a slow but usual one. */
const unmeasured = { firstTokenMs: 800, tokensPerSecond: 30 }

/** The strong model behind the hub; this edge only prepares and guards. */
export function createCloudPlacement({ generator }: { generator: Generator<SanitisedRequest> }): Placement {
  return {
    kind: 'cloud',
    place: 'cloud',
    get models() {
      return [generator.model]
    },
    needsLink: true,
    discloses: 'plain',
    exact: true,
    unavailable: (request) => generatorLacks(generator, request),
    estimate: cloudEstimate,
    run(views, { signal }) {
      const view = views.sanitised
      return view === undefined ? failing(keptHere(views)) : generator.generate(view, signal)
    },
  }
}

/** First token and pace of the cloud as recent answers measured them. */
export function cloudEstimate(_request: InferenceRequest, link: LinkProfile): Estimate {
  return {
    firstTokenMs: link.firstTokenMs ?? unmeasured.firstTokenMs + (link.roundTripMs ?? 0),
    tokensPerSecond: link.tokensPerSecond ?? unmeasured.tokensPerSecond,
  }
}

/** The view that may leave. Throws `policy-forbids` when policy keeps the request: the last lock, should a choice ever be wrong. */
export function sanitisedView(views: RequestViews): SanitisedRequest {
  if (views.sanitised !== undefined) return views.sanitised
  throw keptHere(views)
}

function keptHere({ keptBecause = 'the guard kept it' }: RequestViews): EdgewiseError {
  return new EdgewiseError('policy-forbids', `this request stays at the edge: ${keptBecause}`)
}
