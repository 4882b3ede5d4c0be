import { join } from 'node:path'

/** What commands leave in the folder of a run beside what `hebb train` does. */
export const reportFiles = (folder: string) => ({
  probe: join(folder, 'probe.json'),
  alignment: join(folder, 'alignment.json'),
  page: join(folder, 'report.html'),
})
