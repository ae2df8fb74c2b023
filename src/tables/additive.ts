// Whether a statement only adds, so that code which knows nothing of it goes on working.
import {
  AlterTableNode,
  CreateIndexNode,
  DeleteQueryNode,
  DropIndexNode,
  DropTableNode,
  RawNode,
  type AddColumnNode,
  type RootOperationNode,
} from "kysely";

const takesAway = /\b(?:drop|rename|truncate|delete|alter\s+column|modify|set\s+not\s+null)\b/i;

/** What is not additive about it, in words; undefined when it only adds. */
export function findSubtraction(node: RootOperationNode): string | undefined {
  if (DropTableNode.is(node)) return "it drops a table";
  if (DropIndexNode.is(node)) return "it drops an index";
  if (DeleteQueryNode.is(node)) return "it deletes rows";
  if (CreateIndexNode.is(node))
    return node.unique === true ? "a unique index refuses rows that were fine" : undefined;
  if (RawNode.is(node)) {
    const found = takesAway.exec(node.sqlFragments.join(" "));
    return found === null ? undefined : `it says "${found[0]}"`;
  }
  return AlterTableNode.is(node) ? findInTable(node) : undefined;
}

function findInTable({
  renameTo,
  setSchema,
  dropConstraint,
  addConstraint,
  columnAlterations = [],
}: AlterTableNode): string | undefined {
  if (renameTo !== undefined || setSchema !== undefined) return "it renames a table";
  if (dropConstraint !== undefined) return "it drops a constraint";
  if (addConstraint !== undefined) return "a constraint refuses rows that were fine";
  for (const change of columnAlterations) {
    if (change.kind !== "AddColumnNode") return `it changes a column (${change.kind.replace(/Node$/, "")})`;
    if (isDemanding(change))
      return `new column "${change.column.column.column.name}" must be filled by code that does not know it: let it be null, or give it a default`;
  }
  return undefined;
}

function isDemanding({ column }: AddColumnNode): boolean {
  return column.notNull === true && column.defaultTo === undefined && column.generated === undefined;
}
