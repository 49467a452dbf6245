import { describe, expect, it } from 'vitest';
import { instanceTypeNamed, instanceTypes } from '../../sizing/instances/table.ts';
import { sizedEndpoints } from '../../sizing/load/inputs.ts';
import { floorSentence, sourcesText } from '../../sizing/report.ts';
import { floorOf, settingsOf } from '../../sizing/size.ts';

describe('what a size report says of money', () => {
  it('names each type once, with the source, the date and the check of its price, cores and speed', () => {
    const text = sourcesText([...instanceTypes, ...instanceTypes]);
    for (const { name, dollarsPerHour, cores, gpu, coreGigaflops } of instanceTypes) {
      const lines = text.split('\n');
      const at = lines.indexOf(name);
      expect(lines.filter((line) => line === name)).toHaveLength(1);
      const [price, core, speed] = lines.slice(at + 1, at + 4);
      expect(price).toContain(`$${dollarsPerHour.value} an hour: ${dollarsPerHour.source}`);
      if (dollarsPerHour.asOf !== undefined) expect(price).toContain(dollarsPerHour.asOf);
      expect(core).toContain(cores.source);
      expect(speed).toContain((gpu?.gigaflops ?? coreGigaflops).source);
      for (const line of [price, core, speed]) expect(line).toMatch(/(publishes|copy of AWS’s list|unchecked)$/);
    }
  });

  it('has a floor: the cheapest type that the container runs on, as often as the environment keeps it', () => {
    for (const endpoint of sizedEndpoints.filter((one) => one !== 'shots')) {
      const floor = floorOf({ environment: 'prod', endpoint });
      expect(floor?.instances).toBe(settingsOf('prod', endpoint).minInstances);
      expect(floor?.type.gpu).toBeUndefined();
      const hours = (floor?.type.dollarsPerHour.value ?? 0) * (floor?.instances ?? 0) * 730;
      expect(floor?.dollarsPerMonth).toBeCloseTo(hours);
      expect(instanceTypes.filter(({ gpu }) => gpu === undefined).map((type) => type.dollarsPerHour.value)).toSatisfy(
        (prices: number[]) => prices.every((price) => price >= (floor?.type.dollarsPerHour.value ?? 1e9)),
      );
    }
  });

  it('has no floor where instances are taken away while nothing waits', () => {
    const floor = floorOf({ environment: 'prod', endpoint: 'shots' });
    expect(floor).toMatchObject({ instances: 0, dollarsPerMonth: 0 });
    expect(floor && floorSentence(floor, 'prod')).toMatch(/^Floor: \$0 a month/);
    const type = instanceTypeNamed('ml.c6i.large');
    if (type === undefined) throw new Error('the table lacks ml.c6i.large');
    expect(floorSentence({ type, instances: 2, dollarsPerMonth: 148.9 }, 'prod')).toBe(
      'Floor: $149 a month for 2 x ml.c6i.large, as many as prod keeps however little is asked.',
    );
  });
});
