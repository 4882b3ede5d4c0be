/** What the paper reports for CIFAR-10 at full width after 300 epochs, in %, where it does. */
export const published: Readonly<Record<string, number>> = {
  withoutSpatial: 73.21,
  plusPlus: 80.51,
  directFeedback: 80.65,
  both: 81.18,
  backpropagation: 80.49,
  infoNce: 80.69,
}

/** As tables and pages call what is measured. */
export const names: Readonly<Record<string, string>> = {
  pixels: 'raw pixels',
  untrained: 'untrained encoder',
  withoutSpatial: 'CLAPP++ without spatial dependence',
  plusPlus: 'CLAPP++',
  directFeedback: 'CLAPP++DFB',
  both: 'CLAPP++both',
  backpropagation: 'BP-CLAPP++',
  infoNce: 'BP-InfoNCE',
}
