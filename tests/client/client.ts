// What people do with the API, in types that are made of its description: `tsc` says whether those are of use, and
// `node made/client.js URL` whether they are true.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Task = components["schemas"]["Task"];
type TaskPatch = components["schemas"]["TaskPatch"];
type ErrorCode = components["schemas"]["ErrorCode"];
type Event = components["schemas"]["Event"];
type Query = NonNullable<paths["/api/v1/projects/{projectId}/tasks"]["get"]["parameters"]["query"]>;

const baseUrl = process.argv[2] ?? "http://localhost:8080";
// Of what is also answered as a file or as a page, the JSON is meant.
const client = createClient<paths, `application/${string}json`>({ baseUrl });
const project = { projectId: "my-project" };

/** Changes a task until nobody else has changed it meanwhile. */
async function change(taskId: string, patch: (task: Task) => TaskPatch): Promise<Task> {
  const params = { path: { ...project, taskId } };
  const shown = await client.GET("/api/v1/projects/{projectId}/tasks/{taskId}", { params });
  if (shown.data === undefined) throw new Error(shown.error.detail);
  let task: Task = shown.data;
  for (;;) {
    const { data, error } = await client.PATCH("/api/v1/projects/{projectId}/tasks/{taskId}", {
      params: { ...params, header: { "If-Match": `"${task.revision}"` } },
      body: patch(task),
    });
    if (data !== undefined) return data;
    // What the error is says what it has.
    if (error.code !== "revision_mismatch" || error.task === undefined) throw new Error(error.detail);
    task = error.task;
  }
}

/** All tasks that match, page by page. */
async function* list(query: Query): AsyncGenerator<components["schemas"]["TaskFields"]> {
  for (let page: Query | undefined = query; page !== undefined; ) {
    const params: { path: typeof project; query: Query } = { path: project, query: page };
    const answer: { data?: components["schemas"]["TaskPage"]; error?: components["schemas"]["Error"] } =
      await client.GET("/api/v1/projects/{projectId}/tasks", { params });
    if (answer.data === undefined) throw new Error(answer.error?.detail);
    yield* answer.data.tasks;
    const cursor = answer.data.next_cursor;
    page = cursor === null ? undefined : { ...query, cursor };
  }
}

/** Whether the same may be tried again: the compiler knows the codes. */
function isPassing(code: ErrorCode): boolean {
  const passing: ErrorCode[] = ["overloaded", "starting", "too_many_connections", "write_conflict"];
  return passing.includes(code);
}

/** What an event says, in a line. */
function tell(event: Event): string {
  switch (event.type) {
    case "task.created":
      return `${event.task_id} is new: ${event.data.title}`;
    case "task.updated":
      return `${event.task_id}: ${Object.keys(event.changes).join(", ")}`;
    case "task.deleted":
      return `${event.task_id} is gone`;
  }
}

const projects = await client.GET("/api/v1/projects");
const mine = projects.data?.projects.find(({ id }) => id === project.projectId);
assert.ok(mine !== undefined && mine.tasks.total > 0);
const position = `${mine.epoch}:${mine.seq}`;

const made = await client.POST("/api/v1/projects/{projectId}/tasks", {
  params: { path: project },
  body: { title: "Answer in metres and feet", tags: ["units"], metadata: { estimate: 3 } },
});
assert.ok(made.data !== undefined, made.error?.detail);
assert.equal(made.response.headers.get("etag"), `"${made.data.revision}"`);
const { id } = made.data;

const changed = await change(id, (task) => ({ status: "in_progress", tags: [...task.tags, "api"] }));
assert.deepEqual(changed.tags, ["units", "api"]);
assert.equal(changed.metadata["estimate"], 3);

const found: string[] = [];
const query: Query = { status: ["open", "in_progress"], "tag!": ["bug"], sort: "priority,-updated_at", limit: 2 };
for await (const task of list(query)) {
  found.push(task.id);
}
assert.ok(found.includes(id) && new Set(found).size === found.length);

const search = await client.GET("/api/v1/search", { params: { query: { q: "metres", project: [project.projectId] } } });
const [hit] = search.data?.results ?? [];
assert.equal(hit?.task.id, id);

const refused = await client.PATCH("/api/v1/projects/{projectId}/tasks/{taskId}", {
  params: { path: { ...project, taskId: id }, header: { "If-Match": `"${made.data.revision}"` } },
  body: { status: "done" },
});
assert.ok(refused.error !== undefined && !isPassing(refused.error.code));
assert.equal(refused.error.task?.status, "in_progress");

const removed = await client.DELETE("/api/v1/projects/{projectId}/tasks/{taskId}", {
  params: { path: { ...project, taskId: id } },
});
assert.equal(removed.response.status, 204);

const polled = await client.GET("/api/v1/projects/{projectId}/events", {
  params: { path: project, query: { since: position, wait: "0" } },
});
// As a stream it would be text.
assert.ok(typeof polled.data === "object");
assert.deepEqual(polled.data.events.map(tell), [
  `${id} is new: Answer in metres and feet`,
  `${id}: status, tags`,
  `${id} is gone`,
]);
console.log("the client is served as it is typed");
