import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ZipFile } from 'yazl'
import { beforeAll, describe, expect, it } from 'vitest'
import { findData, openDataset } from '../../runtime/data/open.ts'
import '../support/own-cache.ts'
import { mistake } from '../support/mistake.ts'
import { jpeg } from '../support/picture.ts'
import { rowsOf } from '../support/rows-of.ts'
import { writeFiles } from './data-files.ts'
import { temporaryFolder } from './temporary-folder.ts'

type Files = Readonly<Record<string, Uint8Array | string>>
const [cat, dog] = ['n02123045', 'n02085620']
const side = { width: 8, height: 8 }

let files: Files = {}
beforeAll(async () => {
  const [first, second, grey] = [
    await jpeg({ ...side, from: 1 }),
    await jpeg({ ...side, from: 90 }),
    await jpeg({ ...side, channels: 1 }),
  ]
  files = {
    // The order of the classes is theirs, not that of letters.
    'wnids.txt': `${cat}\n${dog}\n`,
    'words.txt': `${dog}\tChihuahua\n${cat}\ttabby, tabby cat\nn00001740\tentity\n`,
    [`train/${cat}/${cat}_boxes.txt`]: '',
    [`train/${cat}/images/${cat}_0.JPEG`]: first,
    [`train/${cat}/images/${cat}_1.JPEG`]: grey,
    [`train/${dog}/images/${dog}_0.JPEG`]: second,
    'val/val_annotations.txt': `val_1.JPEG\t${dog}\t0\t0\t7\t7\nval_0.JPEG\t${cat}\t0\t0\t7\t7\n`,
    'val/images/val_0.JPEG': first,
    'val/images/val_1.JPEG': second,
    'test/images/test_0.JPEG': grey,
  }
})

const without = (name: string): Files =>
  Object.fromEntries(Object.entries(files).filter(([each]) => each !== name))

function unpacked(content: Files): string {
  const folder = join(temporaryFolder(), 'tiny-imagenet-200')
  for (const [path, bytes] of Object.entries(content)) {
    const parts = path.split('/')
    writeFiles(join(folder, ...parts.slice(0, -1)), { [parts.at(-1) ?? '']: bytes })
  }
  return folder
}
async function zipped(content: Files): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [path, bytes] of Object.entries(content))
    zip.addBuffer(Buffer.from(bytes), `tiny-imagenet-200/${path}`, { compress: !path.endsWith('_1.JPEG') })
  zip.end()
  const parts: Buffer[] = []
  for await (const part of zip.outputStream) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}
function asFile(bytes: Uint8Array): string {
  const path = join(temporaryFolder(), 'tiny-imagenet-200.zip')
  writeFileSync(path, bytes)
  return path
}

describe('Tiny ImageNet', () => {
  it('is read from its archive and unpacked, to the same', async () => {
    const [archive, folder] = [asFile(await zipped(files)), unpacked(files)]
    for (const path of [archive, join(archive, '..'), folder, join(folder, '..')]) {
      expect(await findData(path)).toMatchObject({ kind: 'tiny-imagenet', splits: ['train', 'test'] })
      expect(await openDataset(path, 'train')).toMatchObject({
        ...{ name: 'tiny-imagenet', count: 3, shape: [3, 8, 8], classes: 2 },
        classNames: ['tabby, tabby cat', 'Chihuahua'],
        labels: Uint32Array.of(0, 0, 1),
      })
      // Those for testing have no labels: the ones for validation are the test, in the order of their annotations.
      expect(await openDataset(path, 'test')).toMatchObject({ count: 2, labels: Uint32Array.of(1, 0) })
    }
    const [a, b] = [await openDataset(archive, 'train'), await openDataset(folder, 'train')]
    expect(await rowsOf(a)).toEqual(await rowsOf(b))
  })

  it('has grey images in colour, and all of them at the size of the program', async () => {
    const dataset = await openDataset(unpacked(files), 'train', { wanted: [3, 4, 4] })
    const row = new Uint8Array(48)
    await dataset.read(Uint32Array.of(1), row)
    expect(row.subarray(0, 16)).toEqual(row.subarray(16, 32))
    expect(row.subarray(0, 16)).toEqual(row.subarray(32))
  })

  it('without words.txt has the names of WordNet', async () => {
    const others = without('words.txt')
    expect((await openDataset(unpacked(others), 'train')).classNames).toEqual([cat, dog])
  })
})

describe('is refused, with its name:', () => {
  it.each<[string, () => Files, 'train' | 'test', string]>([
    [
      'an annotation of a file that is not there',
      () => ({ ...files, 'val/val_annotations.txt': `val_9.JPEG\t${cat}` }),
      'test',
      'val_annotations.txt: line 1: there is no val/images/val_9.JPEG',
    ],
    [
      'an annotation that leads out',
      () => ({ ...files, 'val/val_annotations.txt': `../../x.JPEG\t${cat}` }),
      'test',
      'there is no val/images/../../x.JPEG',
    ],
    [
      'an annotation of another class',
      () => ({ ...files, 'val/val_annotations.txt': 'val_0.JPEG\tn99999999' }),
      'test',
      "line 1: 'n99999999' is none of the classes",
    ],
    [
      'an image without annotation',
      () => ({ ...files, 'val/val_annotations.txt': `val_0.JPEG\t${cat}` }),
      'test',
      'says nothing of val/images/val_1.JPEG',
    ],
    [
      'an annotation that stands there twice',
      () => ({ ...files, 'val/val_annotations.txt': `val_0.JPEG\t${cat}\nval_0.JPEG\t${cat}` }),
      'test',
      "line 2: 'val_0.JPEG' stands there twice",
    ],
    [
      'a class that is no WordNet ID',
      () => ({ ...files, 'wnids.txt': `${cat}\n../../etc\n` }),
      'train',
      "line 2: '../../etc' is no WordNet ID",
    ],
    [
      'a class without images',
      () => ({ ...files, 'wnids.txt': `${cat}\nn00000001\n` }),
      'train',
      'n00000001/images: holds no images',
    ],
    [
      'an image that is text',
      () => ({ ...files, [`train/${cat}/images/${cat}_0.JPEG`]: 'Not found' }),
      'train',
      `${cat}_0.JPEG: is no image: it begins with 'Not found'`,
    ],
  ])('%s', async (_, change, split, told) => {
    const content = change()
    expect(await mistake(() => openDataset(unpacked(content), split))).toContain(told)
    const archive = asFile(await zipped(content))
    expect(await mistake(() => openDataset(archive, split))).toContain(told)
  })

  it('missing annotations', async () => {
    const others = without('val/val_annotations.txt')
    expect(await mistake(() => openDataset(unpacked(others), 'test'))).toContain(
      'has no val/val_annotations.txt',
    )
  })

  it('an archive without its directory, cut short, or empty', async () => {
    const whole = await zipped(files)
    for (const length of [0, 10, whole.length / 2, whole.length - 30])
      expect(await mistake(() => openDataset(asFile(whole.subarray(0, length)), 'train'))).toContain(
        'tiny-imagenet-200.zip: is a damaged zip archive',
      )
  })

  it('one damaged image of an archive, which its checksum tells', async () => {
    const whole = await zipped(files)
    const image = Buffer.from(files[`train/${cat}/images/${cat}_1.JPEG`] ?? '')
    const at = whole.indexOf(image) + image.length - 5
    whole[at] = (whole[at] ?? 0) ^ 1
    const told = await mistake(() => openDataset(asFile(whole), 'train'))
    expect(told).toContain('1 of its images cannot be read')
    expect(told).toMatch(new RegExp(`${cat}_1.JPEG: is damaged: its checksum is another \\(at byte \\d+\\)`))
  })
})
