import { readFileSync } from 'node:fs'
import { dataset, type Dataset } from 'hebb/runtime'

function read(file: string): Dataset {
  const lines = readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const rows = lines.map((line) => line.split(',').map(Number))
  return dataset({
    name: 'ecg',
    count: rows.length,
    shape: [1, 128], // [channels, length]; of images [channels, height, width]
    type: 'float32', // default: 'uint8'
    labels: rows.map(([label = NaN]) => label),
    classes: ['normal', 'odd'],
    read: (indices, into) => {
      indices.forEach((index, row) => into.set(rows[index]?.slice(1) ?? [], 128 * row))
    },
  })
}

export const heart = { train: () => read('train.csv'), test: () => read('test.csv') }
