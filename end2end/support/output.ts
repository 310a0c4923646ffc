/** A failure of a program, with the last lines it printed. */
export function withOutput(message: string, output: string[]): string {
  return [`${message}. Its last output:`, ...output.slice(-30)].join("\n");
}
