import { findOnnxruntime } from '../../runtime/onnxruntime/find.ts'

/** Commands that run no graphs, or say themselves that they cannot; those of a group by their own names. */
const idle = [
  ...['compile', 'inspect', 'compare', 'rule', 'prepare'],
  ...['install-onnxruntime', 'install-cuda', 'doctor'],
]

/**
 * Where scripts are off, npm has not fetched what runs graphs when it installed hebb: the first command that needs it does.
 *
 * @throws UserError ('InstallError') where it cannot
 */
export async function provideOnnxruntime(command: string): Promise<void> {
  if (idle.includes(command) || findOnnxruntime() !== undefined) return
  const { installOnnxruntime } = await import('../../runtime/onnxruntime/install.ts')
  await installOnnxruntime(undefined, console.error)
}
