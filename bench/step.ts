/**
 * Time of a training step, ours and PyTorch's, in turn, for each rule on one encoder.
 *
 *     npx tsx bench/step.ts --data cifar10 --width quarter
 */
import { join } from 'node:path'
import { z } from 'zod'
import { parseFlags } from '../src/cli/flags.ts'
import { comparisonSchema, compare, type Comparison } from './compare.ts'
import { Contestant, together } from './contestant.ts'
import { environment } from './environment.ts'
import { takeTurns, type Entrant } from './harness.ts'
import { benchmark, commandLine, commonFlags, runCommand, settled, type Settings } from './options.ts'
import { prepareStep, withFolder } from './prepare.ts'
import { dataSets, describe, ruleNames, vgg6, widths, type Described } from './programs.ts'
import { publish } from './record.ts'
