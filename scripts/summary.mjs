// @ts-check
// Prints the last line of a CI run, `N passed, N failed[, N skipped]`, from the file that vitest's json reporter wrote,
// and exits 1 if anything failed. A test file that could not be loaded, or no report at all, is one failure.
// Usage: node scripts/summary.mjs <report.json>
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * @typedef {object} Report what is read of vitest's json report
 * @property {boolean} success
 * @property {number} numPassedTests
 * @property {number} numPendingTests skipped
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults one for each file
 */

/**
 * @param {Report | undefined} report
 * @returns {{ line: string, failed: number }}
 */
export function summarize(report) {
  const { success = false, numPassedTests = 0, numPendingTests = 0, numTodoTests = 0, testResults = [] } = report ?? {};
  let failed = 0;
  for (const { status, assertionResults } of testResults) {
    const tests = assertionResults.filter((test) => test.status === "failed").length;
    failed += status === "failed" ? Math.max(tests, 1) : tests;
  }
  if (failed === 0 && !success) failed = 1;
  const skipped = numPendingTests + numTodoTests;
  const line = `${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  return { line, failed };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  /** @type {Report | undefined} */
  let report;
  try {
    report = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
  } catch (error) {
    console.error(`no test report: ${error}`);
  }
  const { line, failed } = summarize(report);
  console.log(line);
  if (failed > 0) process.exitCode = 1;
}
