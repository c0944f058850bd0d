/** What a person can do from the page; each says how it went. */

import { change } from "./api.js";
import { ask, say } from "./dialogs.js";

async function attempt(ctx, work, prefixes) {
  try {
    await work();
  } catch (error) {
    say(error.status === 401 || error.status === 403 ? "You may look but not change anything. Sign in as an operator." : error.message, "bad");
  }
  for (const prefix of prefixes) ctx.live.invalidate(prefix);
}

export async function startTraining(ctx) {
  const answer = await ask({
    title: "Start a training now?",
    text: "The orchestrator trains all enabled agents, as it does at night. Only one training runs at a time; you can stop it.",
    action: "Start training",
    fields: [
      { name: "reason", label: "Why (optional, kept with the session)", type: "text" },
      { name: "force", label: "Even if training is disabled", type: "checkbox", hint: " in the orchestrator's configuration" },
    ],
  });
  if (!answer) return;
  const body = { ...(answer.force && { force: true }), ...(answer.reason && { reason: answer.reason }) };
  await attempt(ctx, async () => {
    const { body: started } = await change("POST", "/api/training/start", body);
    say(started.message ?? `Training ${started.training_id} is starting.`);
  }, ["/api/training", "/api/dashboard"]);
}

export async function stopTraining(ctx) {
  const answer = await ask({
    title: "Stop the running training?",
    text: "The run is asked to end, and ended by force if it does not. What it has not finished is lost; agents keep their last results.",
    action: "Stop training",
    danger: true,
  });
  if (!answer) return;
  await attempt(ctx, async () => {
    const { body } = await change("POST", "/api/training/stop", {});
    say(body.status === "no_running_session" ? "Nothing was running any more." : "Stopping. It may take half a minute.");
  }, ["/api/training", "/api/dashboard"]);
}

export async function acknowledge(ctx, alert) {
  await attempt(ctx, async () => {
    await change("POST", `/api/system/alerts/${alert.id}/acknowledge`);
    say("Acknowledged. The alert stays until its cause is gone.");
  }, ["/api/system/alerts"]);
}
