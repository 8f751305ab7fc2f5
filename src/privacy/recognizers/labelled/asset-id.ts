import { hasDigits, labelledValue } from './labelled-value.ts'

/** Identifiers of plant and of work orders in maintenance logs, by the word before them: `pump P-101A`, `WO 4711023`. */
export const assetId = labelledValue({
  name: 'asset-id',
  entity: 'ASSET_ID',
  label: 'asset',
  value:
    /(?:[A-Z]{1,6}[-_/.]?\d{2,8}(?:[-_/.]?[A-Z0-9]{1,6}){0,3}|\d{2,4}-[A-Z]{1,4}-\d{2,6}[A-Z]?|\d{5,12})(?![A-Za-z0-9])/y,
  isValue: hasDigits(2),
  score: 0.7,
})
