// Tells the test what the page (or the Node program) logs and, where React runs, what TaskList shows and holds.
// It comes before the example and changes nothing of what the example can see, except who else hears of it.
(() => {
  const url = new URL('/report', globalThis.location ?? process.env.REPORT_TO);
  let sent = Promise.resolve();
  // One after the other, so that they arrive in the order in which they happened.
  const report = (seen) => {
    const body = JSON.stringify(seen);
    sent = sent.then(() => fetch(url, { method: 'POST', body }));
  };

  for (const level of ['log', 'warn', 'error']) {
    const original = console[level];
    console[level] = (...args) => {
      report({ [level]: args });
      original.apply(console, args);
    };
  }
  globalThis.addEventListener?.('error', (event) => report({ uncaught: event.message }));
  globalThis.addEventListener?.('unhandledrejection', (event) => report({ uncaught: String(event.reason) }));

  // React tells its developer tools of every commit, once the document shows it.
  const find = (fiber) =>
    fiber && (fiber.type?.name === 'TaskList' ? fiber : find(fiber.child) ?? find(fiber.sibling));
  let last;
  globalThis.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
    supportsFiber: true,
    inject: () => 1,
    checkDCE: () => {},
    onCommitFiberUnmount: () => {},
    onCommitFiberRoot: (_, { containerInfo, current }) => {
      // The state of a component's first hook: `const [tasks, setTasks]`.
      const seen = { shown: containerInfo.textContent, tasks: find(current).memoizedState.memoizedState };
      if (JSON.stringify(seen) !== last) report(seen);
      last = JSON.stringify(seen);
    },
  };
})();
