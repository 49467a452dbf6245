/** How the command line ends; docs/runbook.md says the same to people. */
export const exitCodes = {
  /** All of it was done, or there was nothing to do. */
  done: 0,
  /** It ran, and something is left: an asset with a problem, a difference, a receipt that is not genuine. */
  left: 1,
  /** It did not begin: what was asked for cannot be done, or the environment is not within reach. */
  notBegun: 2,
  /** It broke off by a fault; its words are the fault's own. */
  broken: 3,
} as const;
