// Reads openapi.json and shows it: what there is, and what it answers. No text of it is ever taken for HTML.

const METHODS = ["get", "post", "put", "patch", "delete"];
const api = await (await fetch("openapi.json")).json();

/** An element with its attributes (functions are listeners) and children; nothing is made of null and false. */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

const resolve = (value) =>
  value?.$ref ? { ...value.$ref.slice(2).split("/").reduce((at, key) => at[key], api), ...value, $ref: undefined } : value;

/** Text with `code`, paragraphs and lists. */
function prose(text = "") {
  const inline = (line) => line.split("`").map((part, n) => (n % 2 ? el("code", {}, part) : part));
  return text.split(/\n\n+/).filter(Boolean).map((block) =>
    block.startsWith("- ")
      ? el("ul", {}, block.split("\n").map((line) => el("li", {}, inline(line.slice(2)))))
      : el("p", {}, inline(block)));
}

/** What a schema is, in a few words; a name leads to it. */
function type(schema) {
  if (schema?.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return schema.$ref.startsWith("#/components/schemas/") && schema.$ref.split("/").length === 4
      ? el("a", { href: `#schema-${name}` }, name)
      : type(resolve(schema));
  }
  const several = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (several) return several.flatMap((one, n) => [n ? (schema.allOf ? " & " : " | ") : "", type(one)]);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const types = [schema.type ?? "anything"].flat();
  const named = types.flatMap((name, n) => [n ? " | " : "", name === "array" ? ["list of ", type(schema.items ?? {})] : name]);
  const { minimum, maximum, minLength, maxLength, maxItems, pattern, format, default: usual } = schema;
  const notes = [
    format && !/^u?int/.test(format) && format,
    minimum !== undefined && `from ${minimum}`, maximum !== undefined && `to ${maximum}`,
    minLength > 1 && `at least ${minLength} characters`, maxLength && `at most ${maxLength} characters`,
    maxItems && `at most ${maxItems}`, usual !== undefined && `${usual} unless said`,
  ].filter(Boolean).join(", ");
  return [named, notes && ` (${notes})`, pattern && pattern.length < 30 && [" ", el("code", {}, pattern)]];
}

function members(schema) {
  const required = schema.required ?? [];
  const items = Object.entries(schema.properties ?? {}).map(([name, member]) =>
    el("li", {}, el("code", {}, name), " ", el("span", { class: "soft" }, type(member), required.includes(name) && ", required"),
      prose(member.description)));
  return items.length > 0 && el("ul", { class: "schema" }, items);
}

const pretty = (value) => JSON.stringify(value, null, 2);
const exampleOf = (schema) => resolve(schema)?.examples?.[0];

function parameters(operation) {
  const all = (operation.parameters ?? []).map(resolve);
  const rows = all.map((parameter) => {
    const { name, schema, required, example } = parameter;
    const list = schema.type === "array";
    const options = (list ? schema.items : schema).enum ?? ((list ? schema.items : schema).type === "boolean" && ["true", "false"]);
    const attributes = { name, "data-in": parameter.in, "data-list": list, "aria-label": name, required };
    const input = options
      ? el("select", attributes, ["", ...options].map((value) => el("option", { value }, value)))
      : el("input", { ...attributes, autocomplete: "off", value: parameter.in === "path" || required ? example : null,
          placeholder: list ? "several with commas between" : (example ?? "") });
    const head = el("td", {}, el("code", {}, name), el("div", { class: "soft" }, parameter.in, required && ", required"), input);
    return el("tr", {}, head, el("td", {}, prose(parameter.description), el("span", { class: "soft" }, type(schema))));
  });
  return rows.length > 0 && [el("h3", {}, "Parameters"), el("table", {}, rows)];
}

function body(operation) {
  const content = operation.requestBody?.content;
  if (!content) return false;
  const [[, first]] = Object.entries(content);
  const named = Object.entries(first.examples ?? {}).map(([name, { value }]) => [name, value]);
  const text = el("textarea", { "aria-label": "Body", spellcheck: "false" });
  text.value = pretty(named[0]?.[1] ?? exampleOf(first.schema) ?? {});
  const pick = (event) => (text.value = pretty(named[event.target.value][1]));
  return [
    el("h3", {}, "Body"), el("p", {}, type(first.schema)),
    el("div", { class: "row" },
      el("select", { "data-kind": true, "aria-label": "Content type" }, Object.keys(content).map((kind) => el("option", {}, kind))),
      named.length > 1 && el("select", { "aria-label": "Example", change: pick }, named.map(([name], n) => el("option", { value: n }, name)))),
    text,
  ];
}

function answers(operation) {
  const row = ([status, answer]) => {
    const { description, content = {}, headers = {} } = resolve(answer);
    const kinds = Object.entries(content).filter(([kind]) => kind !== "application/problem+json");
    return el("tr", {}, el("td", {}, el("span", { class: `status ${status < 400 ? "good" : "bad"}` }, status)),
      el("td", {}, prose(description),
        kinds.map(([kind, { schema }]) => el("p", { class: "soft" }, kind, ": ", type(schema))),
        Object.keys(headers).length > 0 && el("p", { class: "soft" }, "Headers: ", Object.keys(headers).join(", "))));
  };
  const all = Object.entries(operation.responses);
  const [well, ill] = [all.filter(([status]) => status < 400), all.filter(([status]) => status >= 400)];
  return [el("h3", {}, "Answers"), el("table", {}, well.map(row)),
    el("details", { class: "minor" }, el("summary", {}, "What can go wrong: ", type({ $ref: "#/components/schemas/Error" })),
      el("table", {}, ill.map(row)))];
}

/** The request that a form describes. */
function requestOf(form, method, path) {
  const query = new URLSearchParams();
  const headers = {};
  for (const input of form.querySelectorAll("[data-in]")) {
    const { name, value, dataset } = input;
    if (value === "" && dataset.in !== "path") continue;
    if (dataset.in === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (dataset.in === "header") headers[name] = value;
    else for (const one of "list" in dataset ? value.split(",") : [value]) query.append(name, one);
  }
  const text = form.querySelector("textarea")?.value;
  if (text !== undefined) headers["content-type"] = form.querySelector("[data-kind]").value;
  if (path.endsWith("/events") && !query.has("wait")) headers.accept = "text/event-stream";
  const url = new URL(path + (query.size ? `?${query}` : ""), location.origin);
  const quote = (word) => `'${word.replaceAll("'", "'\\''")}'`;
  const curl = ["curl -i", method !== "get" && `-X ${method.toUpperCase()}`, quote(url.href),
    ...Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`), text !== undefined && `-d ${quote(text)}`];
  return { url, method: method.toUpperCase(), headers, body: text, curl: curl.filter(Boolean).join(" \\\n  ") };
}

/** Sends it, and shows what comes, as it comes. */
async function send({ url, curl, ...request }, shown, signal) {
  shown.replaceChildren(el("pre", {}, curl));
  const started = performance.now();
  const response = await fetch(url, { ...request, signal });
  const text = el("pre", { tabindex: "0" });
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  shown.append(
    el("p", {}, el("span", { class: `status ${response.ok ? "good" : "bad"}` }, `${response.status} ${response.statusText}`),
      el("span", { class: "soft" }, ` in ${Math.round(performance.now() - started)} ms`)),
    el("details", { class: "minor" }, el("summary", {}, "Headers"), el("pre", {}, headers)), text);
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text.append(chunk);
  if (/json/.test(response.headers.get("content-type"))) text.textContent = pretty(JSON.parse(text.textContent));
  if (text.textContent === "") text.remove();
}

/** Follows a WebSocket, a message after the other. */
function connect({ url }, shown, signal) {
  url.protocol = url.protocol.replace("http", "ws");
  const text = el("pre", { tabindex: "0" }, `${url.href}\n`);
  shown.replaceChildren(text);
  const socket = new WebSocket(url);
  signal.addEventListener("abort", () => socket.close());
  return new Promise((done) => {
    socket.onopen = () => text.append("open\n");
    socket.onmessage = ({ data }) => text.append(`${pretty(JSON.parse(data))}\n`);
    socket.onclose = ({ code, reason }) => done(text.append(`closed ${code} ${reason}\n`));
  });
}

function operation(path, method, described) {
  const id = described.operationId;
  const shown = el("div", { "aria-live": "polite" });
  const go = el("button", { class: "go" }, described.responses[101] ? "Connect" : "Send");
  let running = null;
  const submit = async (event) => {
    event.preventDefault();
    if (running) return running.abort();
    running = new AbortController();
    const label = go.textContent;
    go.textContent = "Stop";
    try {
      await (described.responses[101] ? connect : send)(requestOf(form, method, path), shown, running.signal);
    } catch (error) {
      if (error.name !== "AbortError") shown.append(el("p", { class: "bad" }, String(error)));
    }
    running = null;
    go.textContent = label;
  };
  const form = el("form", { submit }, parameters(described), body(described), el("div", { class: "row" }, go), shown);
  return el("details", { class: "operation", id, "data-text": `${method} ${path} ${id} ${described.summary}`.toLowerCase() },
    el("summary", {}, el("span", { class: `method ${method}` }, method), el("span", { class: "path" }, path),
      el("span", { class: "soft" }, described.summary)),
    el("div", {}, prose(described.description), form, answers(described)));
}

const main = document.getElementById("main");
const nav = document.getElementById("nav");
document.getElementById("version").textContent = api.info.version;
main.append(...prose(api.info.description));
for (const { name, description } of api.tags) {
  const all = Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]?.tags.includes(name)).map((method) => [path, method, item[method]]));
  main.append(el("section", {}, el("h2", {}, name), prose(description), all.map((one) => operation(...one))));
  const link = ([, method, { operationId, summary }]) => el("li", { "data-of": operationId },
    el("a", { href: `#${operationId}` }, el("span", { class: `method ${method}` }, method), summary));
  nav.append(el("section", {}, el("h3", {}, name), el("ul", {}, all.map(link))));
}
main.append(el("section", {}, el("h2", {}, "Schemas"), Object.entries(api.components.schemas).map(([name, schema]) =>
  el("details", { class: "operation", id: `schema-${name}`, "data-text": name.toLowerCase() },
    el("summary", {}, el("span", { class: "path" }, name)),
    el("div", {}, prose(schema.description), members(schema) || el("p", { class: "soft" }, type(schema)),
      exampleOf(schema) !== undefined && el("pre", {}, pretty(exampleOf(schema))))))));

const filter = document.getElementById("filter");
const choose = () => {
  const words = filter.value.toLowerCase().split(/\s+/);
  for (const one of main.querySelectorAll(".operation")) one.hidden = !words.every((word) => one.dataset.text.includes(word));
  for (const one of nav.querySelectorAll("li")) one.hidden = document.getElementById(one.dataset.of).hidden;
  for (const part of document.querySelectorAll("section")) part.hidden = !part.querySelector(".operation:not([hidden]), [data-of]:not([hidden])");
};
filter.addEventListener("input", choose);
addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) event.preventDefault(filter.focus());
});
const open = () => {
  const shown = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (shown?.hidden) choose((filter.value = ""));
  if (shown instanceof HTMLDetailsElement) shown.open = true;
  shown?.scrollIntoView?.();
};
addEventListener("hashchange", open);
open();
