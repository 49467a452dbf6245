import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addCostsCommand } from '../../bin/wirescope/costs-command.ts';
import { OperatorError } from '../../bin/wirescope/deployed.ts';

describe('wirescope costs', () => {
  it('has nothing to say of the environment that nobody is billed for, and says which it can be asked of', async () => {
    const said: string[] = [];
    const program = new Command().exitOverride();
    addCostsCommand(program, { environment: () => 'local', say: (text) => void said.push(text) });
    const asked = program.parseAsync(['costs'], { from: 'user' });
    await expect(asked).rejects.toThrow(OperatorError);
    await expect(asked).rejects.toThrow(/-e prod costs/);
    expect(said).toEqual([]);
  });
});
