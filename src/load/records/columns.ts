/** The columns of a run's CSV, in their order. `run` holds a JSON in the first row, and nothing in the others. */
export const recordColumns = [
  'due_ms',
  'sent_ms',
  'end_ms',
  'latency_ms',
  'outcome',
  'input',
  'items',
  'run',
] as const;
