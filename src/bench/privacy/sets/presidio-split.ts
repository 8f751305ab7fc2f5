import type { AnnotatedText } from './annotated-text.ts'

/**
 * The split of presidio-research's set, by template: those whose id is a multiple of three are for validation and are never looked
 * at while recognizers or the name model are made; the others may be trained on. A text without a template is for training.
 */
export function isForValidation({ template }: AnnotatedText): boolean {
  return template !== undefined && template % 3 === 0
}
