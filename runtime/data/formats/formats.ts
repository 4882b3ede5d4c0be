import { cifarFormats } from './cifar.ts'
import { cifarPythonFormats } from './cifar-python/cifar-python.ts'
import { folderFormat } from './folder/folder.ts'
import { idxFormat } from './idx/idx.ts'
import { numpyFormats } from './numpy/numpy.ts'
import { parquetFormat } from './parquet/parquet.ts'
import { stl10Format } from './stl10.ts'
import { tinyImagenetFormat } from './tiny-imagenet/tiny-imagenet.ts'
import type { Format } from '../format.ts'

/** All that is read, in the order in which it is told. */
export const formats: readonly Format[] = [
  idxFormat,
  ...cifarFormats,
  stl10Format,
  ...cifarPythonFormats,
  tinyImagenetFormat,
  ...numpyFormats,
  parquetFormat,
  folderFormat,
]
