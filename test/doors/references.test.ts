// The two references say what the commands and the routes say. `npx vitest run test/doors/references.test.ts -u`
// draws them anew after a change.
import { describe, expect, test } from "vitest";
import { apiRoutes } from "../../src/http/routes.ts";
import { httpWorld } from "./http-world.ts";
import { renderCliReference } from "./render-cli-reference.ts";
import { renderEventsReference } from "./render-events-reference.ts";
import { renderHttpReference } from "./render-http-reference.ts";

describe("the references", () => {
  test("[CLI-1] docs/reference/cli.md is what the commands say of themselves", async () => {
    await expect(renderCliReference()).toMatchFileSnapshot("../../docs/reference/cli.md");
  });

  test("[HTP-12] docs/reference/http.md is what the routes say of themselves", async () => {
    await using world = await httpWorld({ start: false });
    const text = renderHttpReference(apiRoutes(world.runtime));
    await expect(text).toMatchFileSnapshot("../../docs/reference/http.md");
  });

  test("[JRN-1] docs/reference/events.md is what the tables of src/event say", async () => {
    await expect(renderEventsReference()).toMatchFileSnapshot("../../docs/reference/events.md");
  });
});
