import { writeLines } from './drawn.ts'
import { countShown } from './shown.ts'
import type { Preparing } from '../../runtime/data/format.ts'

interface Shown {
  readonly onProgress: (preparing: Preparing) => void
  readonly onNotice: (notice: string) => void
}

const told = new Set<string>()

/** A command opens some images more than once. */
function noticeOnce(notice: string): void {
  if (told.has(notice)) return
  told.add(notice)
  writeLines(notice)
}

/** Shows how far the decoding of images has got, the first time that they are read, and what is worth knowing of them. */
export function preparingVisibly(): Shown {
  let shown: { readonly what: string; readonly view: ReturnType<typeof countShown> } | undefined
  const onProgress = ({ what, done, total }: Preparing) => {
    if (shown?.what !== what) {
      shown?.view.stop()
      shown = { what, view: countShown(`preparing ${what}`, total) }
    }
    shown.view.update(done)
    if (done < total) return
    shown.view.stop()
    shown = undefined
  }
  return { onProgress, onNotice: noticeOnce }
}
