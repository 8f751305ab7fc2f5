export interface ListedModel {
  readonly id: string
  readonly ownedBy: string
  /** Seconds since 1970. */
  readonly created: number
}

export interface ModelBody {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
}

/** Body of `GET /v1/models`. */
export function modelsBody(models: readonly ListedModel[]): {
  readonly object: 'list'
  readonly data: readonly ModelBody[]
} {
  return { object: 'list', data: models.map(modelBody) }
}

/** Body of `GET /v1/models/{id}`. */
export function modelBody({ id, ownedBy, created }: ListedModel): ModelBody {
  return { id, object: 'model', created, owned_by: ownedBy }
}
