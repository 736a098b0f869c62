/** Most requests of one run, with its warm-up: each keeps 29 bytes until the end. */
export const mostRequests = 5_000_000;
