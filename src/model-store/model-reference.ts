import { EdgewiseError } from '../spec/errors.ts'

/** A model of a Hugging Face hub, as people write it: `hf:org/name@revision:variant`. */
export interface ModelReference {
  readonly org: string
  readonly name: string
  /** Branch, tag or commit. */
  readonly revision: string
  /** Which quantisation; absent: the one that suits this machine. */
  readonly variant?: string
}

const form = 'hf:ORG/NAME, hf:ORG/NAME@REVISION or hf:ORG/NAME@REVISION:VARIANT'
const whole = /^hf:([^/@:]+)\/([^/@:]+)(?:@([^:]+))?(?::([^:]+))?$/

/** True for what is meant as a reference rather than as a folder. */
export function isModelReference(text: string): boolean {
  return text.startsWith('hf:')
}

/** Reads a reference; the revision is `main` when absent. Throws `config-invalid` that names the form: every part becomes part of a path and of a URL. */
export function parseModelReference(text: string): ModelReference {
  const [, org, name, revision = 'main', variant] = whole.exec(text) ?? []
  if (org === undefined || name === undefined) throw bad(text, `it is not of the form ${form}`)
  if (!isName(org)) throw bad(text, `the organisation ${quoted(org)} is no name of the hub`)
  if (!isName(name)) throw bad(text, `the model ${quoted(name)} is no name of the hub`)
  if (!isRevision(revision)) throw bad(text, `the revision ${quoted(revision)} is no branch, tag or commit`)
  if (variant === undefined) return { org, name, revision }
  if (!isVariant(variant)) throw bad(text, `the variant ${quoted(variant)} is no name such as q4 or Q4_K_M`)
  return { org, name, revision, variant }
}

/** The reference as text; parsing it again gives the same. */
export function formatModelReference({ org, name, revision, variant }: ModelReference): string {
  return `hf:${org}/${name}${revision === 'main' ? '' : `@${revision}`}${variant === undefined ? '' : `:${variant}`}`
}

/** True for a name of an organisation or a model: no path, and none of the `--` that separates names in a folder's name. */
export function isName(text: string): boolean {
  return /^\w(?:[\w.-]{0,94}\w)?$/.test(text) && !/--|\.\.|\.git$/i.test(text)
}

/** True for a branch, tag or commit that can stand in a URL. */
export function isRevision(text: string): boolean {
  return /^\w[\w./-]{0,127}$/.test(text) && !/\.\.|\/\/|[./]$/.test(text)
}

/** True for the name of a quantisation. */
export function isVariant(text: string): boolean {
  return /^\w[\w.-]{0,99}$/.test(text) && !text.includes('..')
}

function bad(text: string, because: string): EdgewiseError {
  return new EdgewiseError('config-invalid', `${quoted(text)} names no model: ${because}. Write ${form}.`)
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
