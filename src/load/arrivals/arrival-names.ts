/** The names of the arrival shapes; apart, so that the command line's flags load no more than this. */
export const arrivalNames = ['poisson', 'constant'] as const;
/** The name of a shape. */
export type ArrivalName = (typeof arrivalNames)[number];
