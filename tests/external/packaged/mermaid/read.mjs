// Prints what Mermaid reads in a file, as JSON: the boxes and groups, and the arrows, with their texts.
import { readFile } from "node:fs/promises";
import { parseHTML } from "linkedom";

globalThis.window = parseHTML("<html><body></body></html>");
globalThis.document = window.document;
const { default: mermaid } = await import("./mermaid/mermaid.esm.min.mjs");

const text = await readFile(process.argv[2], "utf8");
await mermaid.parse(text);
const diagram = await mermaid.mermaidAPI.getDiagramFromText(text);
const { nodes, edges } = diagram.db.getData();
// Until it draws them, Mermaid keeps characters like `#60;` in a form of its own.
const label = (text) => text.replace(/ﬂ°°(\d+)¶ß/g, "#$1;");
const read = {
  type: diagram.type,
  nodes: nodes.map((node) => [node.id, node.parentId ?? "", label(node.label)]),
  edges: edges.map((edge) => [edge.start, edge.end, label(edge.label)]),
};
process.stdout.write(JSON.stringify(read));
