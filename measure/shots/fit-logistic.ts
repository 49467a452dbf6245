export interface Sample {
  values: readonly number[];
  isTrue: boolean;
}
export interface LogisticModel {
  intercept: number;
  weights: number[];
  logOdds(values: readonly number[]): number;
}

const steps = 25;
const penalty = 1e-3;

/**
 * Logistic regression by Newton's method over standardised values, with a little of a ridge. Both classes weigh alike,
 * however many samples they have: the intercept is to be chosen by what mistakes cost.
 */
export function fitLogistic(samples: readonly Sample[]): LogisticModel {
  const width = samples[0]?.values.length ?? 0;
  const columns = Array.from({ length: width }, (_, at) => samples.map(({ values }) => values[at] ?? 0));
  const means = columns.map((column) => sum(column) / column.length);
  const deviations = columns.map((column, at) => {
    const mean = means[at] ?? 0;
    return Math.sqrt(sum(column.map((value) => (value - mean) ** 2)) / column.length) || 1;
  });
  const trueCount = samples.filter(({ isTrue }) => isTrue).length;
  const rows = samples.map(({ values, isTrue }) => ({
    row: [...values.map((value, at) => (value - (means[at] ?? 0)) / (deviations[at] ?? 1)), 1],
    target: isTrue ? 1 : 0,
    weight: 1 / (2 * (isTrue ? trueCount : samples.length - trueCount)),
  }));
  let fitted = new Array<number>(width + 1).fill(0);
  for (let step = 0; step < steps; step += 1) {
    const gradient = fitted.map((value, at) => (at < width ? penalty * value : 0));
    const hessian = fitted.map((_, at) => fitted.map((__, other) => (at === other && at < width ? penalty : 0)));
    for (const { row, target, weight } of rows) {
      const chance = 1 / (1 + Math.exp(-sum(row.map((value, at) => value * (fitted[at] ?? 0)))));
      const curve = weight * chance * (1 - chance);
      row.forEach((value, at) => {
        gradient[at] = (gradient[at] ?? 0) + weight * (chance - target) * value;
        const line = hessian[at] as number[];
        row.forEach((other, place) => {
          line[place] = (line[place] ?? 0) + curve * value * other;
        });
      });
    }
    const change = solve(hessian, gradient);
    fitted = fitted.map((value, at) => value - (change[at] ?? 0));
  }
  const weights = fitted.slice(0, width).map((value, at) => value / (deviations[at] ?? 1));
  const intercept = (fitted[width] ?? 0) - sum(weights.map((weight, at) => weight * (means[at] ?? 0)));
  return {
    intercept,
    weights,
    logOdds: (values) => sum(values.map((value, at) => value * (weights[at] ?? 0))) + intercept,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** Gauss's elimination with pivots; a matrix that cannot be inverted gives numbers that are not finite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const lines = matrix.map((line, at) => [...line, right[at] ?? 0]);
  const size = lines.length;
  for (let at = 0; at < size; at += 1) {
    const rest = lines.slice(at).map((line) => Math.abs(line[at] ?? 0));
    const pivot = at + rest.indexOf(Math.max(...rest));
    [lines[at], lines[pivot]] = [lines[pivot] as number[], lines[at] as number[]];
    const own = lines[at] as number[];
    const divisor = own[at] ?? 1;
    for (let place = at; place <= size; place += 1) own[place] = (own[place] ?? 0) / divisor;
    lines.forEach((line, other) => {
      const factor = line[at] ?? 0;
      if (other === at || factor === 0) return;
      for (let place = at; place <= size; place += 1) line[place] = (line[place] ?? 0) - factor * (own[place] ?? 0);
    });
  }
  return lines.map((line) => line[size] ?? 0);
}
