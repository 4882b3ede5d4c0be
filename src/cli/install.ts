import { Command } from 'commander'
import { installCuda } from '../../runtime/onnxruntime/cuda.ts'
import { installOnnxruntime } from '../../runtime/onnxruntime/install.ts'
import { wantedVersion } from '../../runtime/onnxruntime/wanted.ts'

export const installOnnxruntimeCommand = (): Command =>
  new Command('install-onnxruntime')
    .summary('what runs graphs, where npm ran no scripts')
    .description(
      'Install the onnxruntime-node that hebb is made for, unless it is there. npm does that after it has installed hebb, ' +
        'where scripts are on. No script of onnxruntime-node is run.',
    )
    .argument('[tarball]', 'onnxruntime-node-VERSION.tgz, for a machine without a registry')
    .addHelpText(
      'after',
      `
Examples:
  hebb install-onnxruntime
  hebb install-onnxruntime onnxruntime-node-${wantedVersion()}.tgz`,
    )
    .action(async (tarball?: string) => {
      console.log(`onnxruntime-node is in ${await installOnnxruntime(tarball, console.error)}`)
    })

export const installCudaCommand = (): Command =>
  new Command('install-cuda')
    .summary('the CUDA provider, on Linux x64')
    .description(
      'Install the CUDA provider of the very version of onnxruntime that hebb runs: two libraries, 300 MB. They need those ' +
        'of CUDA and cuDNN, which the system or a container has.',
    )
    .argument(
      '[from]',
      'a folder that holds the libraries, or an archive of them (.nupkg, .whl, .zip, .tgz), for a machine without a network; ' +
        'default: NuGet',
    )
    .addHelpText(
      'after',
      `
Examples:
  hebb install-cuda
  hebb install-cuda onnxruntime-linux-x64-gpu-${wantedVersion()}/lib`,
    )
    .action(async (from?: string) => {
      console.log(`the CUDA provider is in ${await installCuda(from, console.error)}`)
    })
