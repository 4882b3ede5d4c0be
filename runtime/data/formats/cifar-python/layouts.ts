/** The two data sets as Krizhevsky published them for Python (2009). */
export interface Layout {
  readonly kind: string
  readonly name: string
  /** The folder of the official archive. */
  readonly folder: string
  /** What the archive is called, and copies of it that a browser numbers. */
  readonly archive: RegExp
  readonly archiveName: string
  readonly files: Readonly<Record<'train' | 'test', readonly string[]>>
  readonly meta: string
  /** In a batch. */
  readonly labels: string
  readonly coarse: { readonly labels: string; readonly classes: number } | undefined
  /** In the file about the batches. */
  readonly names: string
  readonly classes: number
}

export const SIDE = 32
export const shape = [3, SIDE, SIDE] as const

export const layouts: readonly Layout[] = [
  {
    kind: 'cifar10-python',
    name: 'cifar-10',
    folder: 'cifar-10-batches-py',
    archive: /^cifar-10-python[^/]*\.(tar\.gz|tgz|tar)$/i,
    archiveName: 'cifar-10-python.tar.gz',
    files: {
      train: [1, 2, 3, 4, 5].map((number) => `data_batch_${number}`),
      test: ['test_batch'],
    },
    meta: 'batches.meta',
    labels: 'labels',
    coarse: undefined,
    names: 'label_names',
    classes: 10,
  },
  {
    kind: 'cifar100-python',
    name: 'cifar-100',
    folder: 'cifar-100-python',
    archive: /^cifar-100-python[^/]*\.(tar\.gz|tgz|tar)$/i,
    archiveName: 'cifar-100-python.tar.gz',
    files: { train: ['train'], test: ['test'] },
    meta: 'meta',
    labels: 'fine_labels',
    coarse: { labels: 'coarse_labels', classes: 20 },
    names: 'fine_label_names',
    classes: 100,
  },
]
