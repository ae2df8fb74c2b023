// Holds what Kysely writes into known tables against their schemas, and reads what comes back by the kinds of columns.
import {
  ColumnNode,
  DefaultInsertValueNode,
  IdentifierNode,
  OperationNodeTransformer,
  PrimitiveValueListNode,
  ReferenceNode,
  TableNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
  type ColumnUpdateNode,
  type InsertQueryNode,
  type KyselyPlugin,
  type OperationNode,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryId,
  type QueryResult,
  type RootOperationNode,
  type UnknownRow,
  type UpdateQueryNode,
} from "kysely";
import { checkRow, checkSome } from "./check-row.ts";
import { fromColumn, toColumn } from "./column-codec.ts";
import type { AnyTable, ColumnKind } from "./table.ts";

export class TablePlugin implements KyselyPlugin {
  readonly #tables: ReadonlyMap<string, AnyTable>;
  readonly #kinds = new WeakMap<QueryId, ReadonlyMap<string, ColumnKind>>();

  constructor(tables: readonly AnyTable[]) {
    this.#tables = new Map(tables.map((table) => [table.name, table]));
  }

  /** Throws `table.invalid` for a row that its schema refuses. */
  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    const writer = new RowWriter(this.#tables);
    const written = writer.transformNode(node, queryId);
    this.#kinds.set(queryId, writer.kinds);
    return written;
  }

  transformResult({ result, queryId }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    const kinds = this.#kinds.get(queryId);
    if (kinds === undefined || kinds.size === 0) return Promise.resolve(result);
    const rows = result.rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, fromColumn(value, kinds.get(name))]),
      ),
    );
    return Promise.resolve({ ...result, rows });
  }
}

class RowWriter extends OperationNodeTransformer {
  /** Of all columns of the tables that the statement names. */
  readonly kinds = new Map<string, ColumnKind>();
  readonly #tables: ReadonlyMap<string, AnyTable>;

  constructor(tables: ReadonlyMap<string, AnyTable>) {
    super();
    this.#tables = tables;
  }

  protected override transformTable(node: TableNode, queryId: QueryId): TableNode {
    const table = this.#tables.get(node.table.identifier.name);
    for (const [name, kind] of Object.entries(table?.columns ?? {})) this.kinds.set(name, kind);
    return super.transformTable(node, queryId);
  }

  protected override transformInsertQuery(node: InsertQueryNode, queryId: QueryId): InsertQueryNode {
    const table = node.into === undefined ? undefined : this.#tables.get(node.into.table.identifier.name);
    const inserted = super.transformInsertQuery(node, queryId);
    if (table === undefined) return inserted;
    const { columns = [], values, onConflict } = inserted;
    const conflict =
      onConflict?.updates === undefined
        ? {}
        : { onConflict: { ...onConflict, updates: this.#updates(table, onConflict.updates) } };
    if (values === undefined || !ValuesNode.is(values)) return { ...inserted, ...conflict };
    const names = columns.map(({ column }) => column.name);
    const rows = values.values.map((list) => this.#row(table, names, itemsOf(list)));
    // A default of the schema may fill a column that nobody has named.
    const all = [...new Set([...names, ...rows.flatMap((row) => [...row.keys()])])];
    const lists = rows.map((row) =>
      ValueListNode.create(all.map((name) => row.get(name) ?? ValueNode.create(null))),
    );
    return {
      ...inserted,
      ...conflict,
      columns: all.map((name) => ColumnNode.create(name)),
      values: ValuesNode.create(lists),
    };
  }

  protected override transformUpdateQuery(node: UpdateQueryNode, queryId: QueryId): UpdateQueryNode {
    const updated = super.transformUpdateQuery(node, queryId);
    const table =
      updated.table !== undefined && TableNode.is(updated.table)
        ? this.#tables.get(updated.table.table.identifier.name)
        : undefined;
    if (table === undefined || updated.updates === undefined) return updated;
    return { ...updated, updates: this.#updates(table, updated.updates) };
  }

  /** The values by column, after the schema. What is computed by the database is left alone. */
  #row(
    table: AnyTable,
    names: readonly string[],
    items: readonly OperationNode[],
  ): Map<string, OperationNode> {
    const given = new Map(names.map((name, index) => [name, items[index] ?? ValueNode.create(null)]));
    const known = [...given].flatMap(([name, item]) => (isValue(item) ? [[name, item.value] as const] : []));
    const isComputed = [...given.values()].some((item) => !isValue(item) && !DefaultInsertValueNode.is(item));
    const row = Object.fromEntries(known.filter(([, value]) => value !== undefined));
    const checked = isComputed ? checkSome(table, row) : checkRow(table, row);
    for (const [name, value] of Object.entries(checked)) {
      if (value === undefined) continue;
      given.set(name, ValueNode.create(toColumn(value, table.columns[name])));
    }
    return given;
  }

  #updates(table: AnyTable, updates: readonly ColumnUpdateNode[]): ColumnUpdateNode[] {
    const row: Record<string, unknown> = {};
    for (const { column, value } of updates) {
      const name = columnName(column);
      if (name !== undefined && isValue(value)) row[name] = value.value;
    }
    checkSome(table, row);
    return updates.map((update) => {
      const name = columnName(update.column);
      if (name === undefined || !isValue(update.value)) return update;
      return { ...update, value: ValueNode.create(toColumn(update.value.value, table.columns[name])) };
    });
  }
}

function isValue(node: OperationNode): node is ValueNode {
  return ValueNode.is(node) && node.immediate !== true;
}

function itemsOf(list: ValueListNode | PrimitiveValueListNode): readonly OperationNode[] {
  return PrimitiveValueListNode.is(list) ? list.values.map((value) => ValueNode.create(value)) : list.values;
}

function columnName(node: OperationNode): string | undefined {
  if (ColumnNode.is(node)) return node.column.name;
  if (ReferenceNode.is(node)) return columnName(node.column);
  return IdentifierNode.is(node) ? node.name : undefined;
}
