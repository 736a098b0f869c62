/** Says that a flag can't be as it is: its name as commander has it, and why. */
export type FlagIssue = (flag: string, message: string) => void;
