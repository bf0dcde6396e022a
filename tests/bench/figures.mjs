// Figures beside their goals.

/**
 * Prints `{ name, value, unit, goal?, least? }` a line, and exits with 1 when a goal is missed: `goal` is the most that is allowed, or
 * with `least` the least.
 */
export function report(figures) {
  const misses = ({ value, goal, least }) => goal !== undefined && (least ? value < goal : value > goal);
  console.log();
  for (const figure of figures) {
    const { name, value, unit, goal } = figure;
    const told = `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`.padStart(12);
    const beside = goal === undefined ? "" : `  goal ${goal} ${unit}${misses(figure) ? "  MISSED" : ""}`;
    console.log(`  ${name.padEnd(52)}${told}${beside}`);
  }
  const missed = figures.filter(misses);
  if (missed.length > 0) {
    console.error(`\n${missed.length} of ${figures.length} figures miss their goal.`);
    process.exit(1);
  }
}
