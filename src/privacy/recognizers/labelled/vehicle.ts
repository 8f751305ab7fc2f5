import { labelledValue } from './labelled-value.ts'

/** Number plates and vehicle identification numbers, by the word before them. */
export const vehicle = labelledValue({
  name: 'vehicle',
  entity: 'VEHICLE',
  label: 'vehicle',
  value:
    /(?:[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·• ]?)?[A-Z0-9]{1,17}(?:[- ][A-Z0-9]{1,7}){0,2}(?![A-Za-z0-9])/y,
  isValue: (value) => /\d/.test(value) && value.length >= 4,
  score: 0.8,
})
