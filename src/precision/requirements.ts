/**
 * What the Python environment holds, each at one version: a derived model is addressed by them. ONNX Runtime is that of the
 * engine, so that the tools write no operator that the engine doesn't know.
 */
export const requirements: readonly string[] = [
  'onnxruntime==1.30.0',
  'onnx==1.23.2',
  'onnx_ir==1.1.0',
  'numpy==2.4.6',
  'ml_dtypes==0.6.0',
  'sympy==1.14.0',
  'mpmath==1.3.0',
  'protobuf==7.36.2',
  'flatbuffers==25.12.19',
  'packaging==26.4',
  'typing_extensions==4.16.0',
];

/** The Pythons that all of them have wheels for: 3.11 up to, and without, 3.15. */
export const pythonVersions = { from: [3, 11], below: [3, 15] } as const;

/** Disk that the environment takes, roughly, in bytes. */
export const environmentBytes = 310e6;
