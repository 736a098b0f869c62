import type { OptimizationLevel } from '../engine/index.ts';
import { describeEngine } from '../engine/index.ts';
import type { Operators } from './optimized-graph.ts';
import { couldBeInt4, isQuantized } from './prove-setting.ts';
import type { Precision } from './types.ts';

/** What a precision would be measured with. */
export interface PrecisionPlace {
  /** As `--engine` takes it. */
  readonly engine: string;
  /** Node's name of the architecture. Default: this machine's. */
  readonly architecture?: string;
  /** What the CPU has, as `thinfer machine` lists it. */
  readonly isa: readonly string[];
  /** Default `all`. */
  readonly optimization?: OptimizationLevel;
  /** Of the model's file, as `fileOperators` reads them. Default: whether the model has what is quantized is not looked at. */
  readonly operators?: Operators;
}

/** Whether a precision can be measured there. */
export type PrecisionSupport =
  /** `note` says what to know about the figures; null: nothing. */
  | { readonly possible: true; readonly note: string | null }
  /** The rest of "not possible on this machine: …". */
  | { readonly possible: false; readonly why: string };

/** Instructions that add products of 8 bits in 32. */
const dotProducts = ['avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp', 'i8mm'];

/** Whether an engine can run a precision on a machine, known before anything is made or measured. */
export function precisionSupport(precision: Precision, place: PrecisionPlace): PrecisionSupport {
  const { engine, architecture = process.arch, isa, optimization = 'all', operators } = place;
  const { name, version } = describeEngine(engine);
  if (precision === 'fp32') return { possible: true, note: null };
  if (name !== 'onnxruntime') return no(`the engine ${name} reads no weights, so it has no precision`);
  const provider = `the CPU provider of ONNX Runtime ${version}`;
  if (precision === 'bf16')
    return no(
      architecture === 'arm64'
        ? `${provider} has products in bfloat16 on ARM64 only as a mode of its float32 ones, which thinfer does not set`
        : `${provider} has no matrix product or convolution in bfloat16 on ${architecture}`,
    );
  if (precision === 'fp16')
    return no(
      architecture === 'arm64'
        ? 'thinfer makes no models in float16; export one, and it is measured as it is in the file'
        : `${provider} has no matrix product or convolution in float16 on ${architecture}: it casts to float32 and back around each`,
    );
  if (precision === 'int8-calibrated' && (optimization === 'disabled' || optimization === 'basic'))
    return no(
      `at graph optimization ${optimization} ${provider} computes this precision in float32; its integer operators come with level extended`,
    );
  if (operators !== undefined && isQuantized(operators))
    return no('the model is quantized already; give the one in float32 that it was made of');
  if (precision === 'int4-weights' && operators !== undefined && !couldBeInt4(operators))
    return no('4-bit weights are for products of matrices, and most of this model is convolutions or others');
  return { possible: true, note: precision === 'int4-weights' ? null : overflowNote(isa) };
}

const no = (why: string): PrecisionSupport => ({ possible: false, why });

function overflowNote(isa: readonly string[]): string | null {
  if (!isa.includes('avx2') || isa.some((each) => dotProducts.includes(each))) return null;
  return 'this CPU has no VNNI: pairs of int8 products are added in 16 bits and may overflow, which costs accuracy, not time; reduced range (weights in 7 bits) avoids it';
}
