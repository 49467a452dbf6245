import { spawn } from 'node:child_process';
import { root } from './places.ts';
import { SetUpError } from './step.ts';

export interface ProgramResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, without a shell. @throws SetUpError where the program does not exist. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; onLine?: (line: string) => void } = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      for (const line of text.split('\n')) if (line.trim()) options.onLine?.(line.trimEnd());
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT'
          ? new SetUpError(`the program "${program}" is not installed: install it and try again.`)
          : error,
      ),
    );
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** As `runProgram`, but a non-zero end becomes one sentence with the last line that the program wrote. */
export async function mustRun(
  what: string,
  advice: string,
  program: string,
  args: readonly string[],
  options: Parameters<typeof runProgram>[2] = {},
): Promise<ProgramResult> {
  const result = await runProgram(program, args, options);
  if (result.code !== 0) {
    const last = `${result.stdout}\n${result.stderr}`.trim().split('\n').filter(Boolean).slice(-3).join(' | ');
    throw new SetUpError(`${what} failed (${last.slice(0, 400) || `exit ${result.code}`}): ${advice}`);
  }
  return result;
}
