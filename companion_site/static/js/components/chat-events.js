// Reads a stream of server-sent events with fetch, and finds its way back: every break resumes after the last id seen.
const FIRST_WAIT = 400;
const LONGEST_WAIT = 8000;

function parsed(block) {
  const event = { name: "message", data: "", id: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const value = line.slice(colon + 1).replace(/^ /, "");
    const field = line.slice(0, colon);
    if (field === "event") event.name = value;
    else if (field === "data") event.data += value;
    else if (field === "id") event.id = value;
  }
  return event.data ? { ...event, data: JSON.parse(event.data) } : null;
}

async function* read(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += value.replace(/\r/g, "");
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const event = parsed(block);
      if (event) yield event;
    }
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, milliseconds);
    window.addEventListener("online", go);
    signal.addEventListener("abort", go, { once: true });
  });
}

// Yields events until one is called `last`. `onState("lost" | "live")` says how the connection is.
export async function* follow(address, { signal, last = "done", onState = () => {} }) {
  let after = "";
  let wait = FIRST_WAIT;
  while (!signal.aborted) {
    try {
      const headers = { Accept: "text/event-stream", ...(after && { "Last-Event-ID": after }) };
      const response = await fetch(address, { headers, signal, cache: "no-store" });
      // Gone, or not ours any more: asking again would change nothing.
      if (response.status >= 400 && response.status < 500 && response.status !== 429) return;
      if (!response.ok || !response.body) throw new TypeError(`stream answered ${response.status}`);
      onState("live");
      for await (const event of read(response)) {
        wait = FIRST_WAIT;
        after = event.id || after;
        yield event;
        if (event.name === last) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TypeError) && error.name !== "AbortError" && error.name !== "NetworkError") throw error;
      onState("lost");
    }
    await pause(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}
