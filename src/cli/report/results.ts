import { reportFiles } from './report-files.ts'
import { onlyProgram, readAlignmentFile, type AlignmentFile } from './alignment-file.ts'
import { readProbeFigures, type ProbeFile } from './probe-file.ts'

/** What a run knows, by its probes; undefined where it was not asked. @throws UserError ('FileError') */
export const readProbe = (folder: string): ProbeFile | undefined =>
  readProbeFigures(reportFiles(folder).probe)

/** How far its updates are backpropagation's; undefined where it was not asked. @throws UserError ('FileError') */
export const readAlignment = (folder: string): AlignmentFile | undefined =>
  readAlignmentFile(reportFiles(folder).alignment)

/** Whether figures are of this checkpoint: of another, they would be told as this one's. */
export const isProbeOf = (file: ProbeFile, checksum: string | undefined): boolean =>
  checksum !== undefined && file.checkpoint === checksum
export const isAlignmentOf = (file: AlignmentFile, checksum: string | undefined): boolean =>
  checksum !== undefined && onlyProgram(file)?.checkpoint?.checksum === checksum
