import { findOnnxruntime } from '../../runtime/onnxruntime/find.ts'

/** Commands that run graphs. */
const running = ['train', 'run', 'sweep', 'probe', 'evaluate', 'check', 'align', 'demo', 'export', 'import']

/**
 * Where scripts are off, npm has not fetched what runs graphs when it installed hebb: the first command that needs it does.
 *
 * @throws UserError ('InstallError') where it cannot
 */
export async function provideOnnxruntime(command: string): Promise<void> {
  if (!running.includes(command) || findOnnxruntime() !== undefined) return
  console.error('fetching onnxruntime-node, since npm ran no script of hebb when it installed it …')
  const { installOnnxruntime } = await import('../../runtime/onnxruntime/install.ts')
  await installOnnxruntime()
}
