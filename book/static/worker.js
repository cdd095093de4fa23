/* One Python for a page. It runs in a worker of a frame that the browser keeps apart (python.js):
   a frame without an origin, whose policy allows no request of any kind, also none of a worker
   that it starts. So what a reader runs, or somebody's code from a link, finds no storage, no
   cookies, no page and no network, whatever it does with JavaScript from within Python; it can
   use time and memory, and is stopped for the one and refused beyond 1 GB of the other.
   In: the files, then {code, setting}. Out: [kind, text]. */
"use strict";
const MOST = 2 ** 30, grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65536 > MOST) throw new RangeError("no more memory");
  return grow.call(this, pages);
};

self.onmessage = async ({data: files, ports: [port]}) => {
  self.onmessage = null;
  const say = (kind, text = "") => port.postMessage([kind, text]);
  const lock = '{"info": {"arch": "wasm32", "platform": "emscripten_3_1_58", "version": "0.27.7",'
    + ' "python": "3.12.7"}, "packages": {}}';
  const types = {js: "text/javascript", wasm: "application/wasm"};
  /** Return a file; some servers have decompressed it already. */
  const open = async (name) => {
    if (name === "pyodide-lock.json") return new Response(lock);
    const [first, second] = new Uint8Array(await files[name].slice(0, 2).arrayBuffer());
    const packed = first === 0x1f && second === 0x8b, stream = files[name].stream();
    const body = packed ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
    return new Response(body, {headers: {"content-type": types[name.split(".").pop()] ?? ""}});
  };
  self.fetch = (url) => open(String(url.href ?? url).split("/").pop());
  const script = async (name) => {
    const url = URL.createObjectURL(await (await open(name)).blob());
    importScripts(url);
    URL.revokeObjectURL(url);
  };
  try {
    const archives = ["numpy.zip", "course.zip"]
      .map(async (name) => (await open(name)).arrayBuffer());
    await script("pyodide.js");
    await script("pyodide.asm.js");
    const python = await self.loadPyodide({
      indexURL: "https://pyodide.invalid/", // nothing is asked of it: see fetch above
      env: {HOME: "/home/pyodide", OPENBLAS_NUM_THREADS: "1"},
    });
    for (const archive of archives) {
      python.unpackArchive(await archive, "zip", {extractDir: "/lib/python3.12/site-packages"});
    }
    const {run} = python.pyimport("onpage");
    files = null;
    self.fetch = () => Promise.reject(new TypeError("Python in the page has no network"));
    port.onmessage = ({data: {code, setting}}) => {
      const began = performance.now();
      try {
        run(code, setting, say);
        say("done", String(Math.round(performance.now() - began)));
      } catch (error) { // Python itself has broken: too deep a recursion, for one
        say("broken", String(error.message ?? error));
      }
    };
    say("ready");
  } catch (error) {
    say("failed", String(error.message ?? error));
  }
};
