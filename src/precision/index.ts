export { type ComparisonRequest, compareOutputs, type OutputError } from './compare-outputs.ts';
export { fileOperators, type Operators, optimizedOperators } from './optimized-graph.ts';
export { type PrecisionPlace, type PrecisionSupport, precisionSupport } from './precision-support.ts';
export { optimizationLevels, proveOptimization, provePrecision, type SettingProof } from './prove-setting.ts';
export { environmentFolder, type PythonEnvironment, pythonEnvironment } from './python-environment.ts';
export { precisionModel, quantizeModel } from './quantize-model.ts';
export * from './types.ts';
