import { INNER_WIDTH, renderAlone } from '../alone.ts'
import { describeGroup, drawAlignment } from '../charts/alignment.ts'
import { renderPage } from '../frame.ts'
import { alignmentFigure, ALIGNMENT_LEGEND } from '../parts/alignment.ts'
import { part } from '../parts/part.ts'
import { stacked } from '../plot/drawing.ts'
import type { AlignmentReport } from './data.ts'

/** Letters of a wider drawing are too small on a phone. */
const WIDTH = 620

/** A page that needs nothing else: no script, no font, no network. */
export const renderAlignmentReport = (report: AlignmentReport): string =>
  renderPage(
    report,
    part(2, 'Alignment with backpropagation', ...report.groups.map((group) => alignmentFigure(group, WIDTH))),
  )

/** The drawings as one picture, 860 pixels wide, on a light ground. */
export const renderAlignmentSvg = ({ title, subtitle, groups }: AlignmentReport): string =>
  renderAlone(
    stacked(
      groups.map((group) => drawAlignment(group, INNER_WIDTH)),
      16,
    ),
    {
      title,
      subtitle,
      key: ALIGNMENT_LEGEND,
      description: `${ALIGNMENT_LEGEND} ${groups.map(describeGroup).join('. ')}`,
    },
  )
