// Builds zhike/web/static from zhike/web/assets: scripts, style sheet, font, icon sprite, each under a name that
// carries a hash of its content, and manifest.json that maps "main.js" to it. Run by `make assets` (npm run build).
//
// - Scripts: every file of assets/ts that no other one imports is an entry of its own.
// - Styles: index.css and more.css of assets/css with all they import.
// - Font: what nearly every page shows of Inter, and the rest of its Latin for the pages that need it.
// - Icons: the Lucide names that templates, declarations and scripts use; one sprite of what the frame and lists name,
//   one of the rest.
// - Anything else directly in assets/ is copied.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { Resvg } from "@resvg/resvg-js";
import * as esbuild from "esbuild";
import { browserslistToTargets, bundleAsync } from "lightningcss";
import subsetFont from "subset-font";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "zhike/web/assets");
const target = join(root, "zhike/web/static");
const fresh = join(root, "zhike/web/.static-new");
const lucide = join(root, "node_modules/lucide-static/icons");
const inter = join(root, "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2");
const FEATURES = ["calt", "ccmp", "kern", "locl", "mark", "mkmk", "tnum"]; // what browsers apply, and figures of one width
const COMPRESSED = new Set([".js", ".css", ".svg"]);
const FIRST = /web\/(templates\/(base|list|peek|parts\/.*)\.html|nav\.py|generic\/list_.*\.py)$/; // every list shows their icons
const HASHED = /-[A-Z0-9]{8}\.[a-z0-9]+$/;

const manifest = {};

function walk(folder, endings) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "static" || entry.name === "__pycache__" ? [] : walk(path, endings);
    return endings.includes(extname(entry.name)) ? [path] : [];
  });
}

// Writes one file under its hashed name, with compressed copies beside it, and notes it in the manifest.
function put(logical, content, name = "", listed = true) {
  const bytes = Buffer.from(content);
  const ending = extname(logical);
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase();
  const hashed = name || `${logical.slice(0, -ending.length)}-${digest}${ending}`;
  if (!HASHED.test(hashed)) throw new Error(`no content hash in ${hashed}`);
  const path = join(fresh, hashed);
  writeFileSync(path, bytes);
  if (COMPRESSED.has(ending)) {
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  }
  if (listed) manifest[logical] = hashed;
  return hashed;
}

// -- scripts -------------------------------------------------------------------------------------------------------
function entryPoints() {
  const folder = join(assets, "ts");
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  const imported = new Set();
  for (const name of files) {
    const text = readFileSync(join(folder, name), "utf8");
    for (const [, from] of text.matchAll(/(?:from|import)\s*\(?\s*["']\.\/([\w/-]+)(?:\.[jt]s)?["']/g)) imported.add(`${from}.ts`);
  }
  return files.filter((name) => name === "main.ts" || !imported.has(name)).map((name) => join(folder, name));
}

async function scripts() {
  const built = await esbuild.build({
    entryPoints: entryPoints(),
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    nodePaths: [join(root, "node_modules")],
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    outdir: fresh,
    absWorkingDir: root,
    write: false,
    metafile: true,
    logLevel: "warning",
  });
  for (const file of built.outputFiles) {
    const name = basename(file.path);
    const entry = built.metafile.outputs[relative(root, file.path).replaceAll("\\", "/")]?.entryPoint;
    put(entry ? basename(entry).replace(/\.ts$/, ".js") : name, file.contents, name, Boolean(entry));
  }
}

// -- font ----------------------------------------------------------------------------------------------------------
// The ranges and weights are those font.css names, so that the two always agree.
async function font() {
  const css = readFileSync(join(assets, "css/font.css"), "utf8");
  const whole = readFileSync(inter);
  const made = {};
  for (const [face] of css.matchAll(/@font-face \{[^}]*\}/g)) {
    const [, name] = face.match(/url\("([^"]+)"\)/);
    const [, min, max] = face.match(/font-weight: (\d+) (\d+);/);
    const ranges = [...face.match(/unicode-range: ([^;]+);/)[1].matchAll(/U\+([0-9A-F]+)(?:-([0-9A-F]+))?/g)];
    const codes = ranges.flatMap(([, from, to = from]) => {
      const first = parseInt(from, 16);
      return Array.from({ length: parseInt(to, 16) - first + 1 }, (_, index) => first + index);
    });
    const options = { targetFormat: "woff2", variationAxes: { wght: { min: Number(min), max: Number(max) } }, keepFeatures: FEATURES };
    made[name] = put(name, await subsetFont(whole, String.fromCodePoint(...codes), options));
  }
  return made;
}

// -- styles --------------------------------------------------------------------------------------------------------
async function styles(fonts) {
  for (const name of ["index.css", "more.css"]) {
    const built = await bundleAsync({
      filename: join(assets, "css", name),
      minify: true,
      targets: browserslistToTargets(["chrome 114", "edge 114", "safari 17", "ios_saf 17", "firefox 125"]),
      visitor: { Url: (url) => ({ ...url, url: fonts[url.url] ?? url.url }) },
    });
    for (const warning of built.warnings) console.warn(`${name}: ${warning.message}`);
    put(name, built.code);
  }
}

// -- icons ---------------------------------------------------------------------------------------------------------
// A name in quotes counts where it stands: anywhere in the code parts of a template, beside the word "icon" elsewhere.
// What is surely meant as an icon (icon_svg("x"), icon="x") must exist.
function iconNames() {
  const known = new Set(readdirSync(lucide).filter((name) => name.endsWith(".svg")).map((name) => name.slice(0, -4)));
  const used = new Set();
  const first = new Set();
  const missing = [];
  const QUOTED = /["']([a-z][a-z0-9-]*)["']/g;
  const SURE = /(?:\bicon(?:_svg)?\(\s*|\bicon\s*[=:]\s*|sprite\.svg#)["']?([a-z][a-z0-9-]*)["']/g;
  const note = (name, file) => {
    used.add(name);
    if (/\/objects\//.test(file)) first.add(name); // the rail shows them
  };
  const take = (text, file) => {
    for (const [, name] of text.matchAll(QUOTED)) if (known.has(name)) note(name, file);
  };
  const files = walk(join(root, "zhike"), [".html", ".py", ".ts"]);
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    for (const [, name] of text.matchAll(SURE)) {
      if (known.has(name)) note(name, file);
      else missing.push(`${relative(root, file)}: there is no Lucide icon "${name}"`);
    }
    if (FIRST.test(file)) for (const [, name] of text.matchAll(QUOTED)) first.add(name);
    if (file.endsWith(".html")) for (const [code] of text.matchAll(/\{[{%].*?[%}]\}/gs)) take(code, file);
    else for (const line of text.split("\n")) if (/icon/i.test(line)) take(line, file);
  }
  const list = join(assets, "icons.txt");
  if (existsSync(list)) {
    for (const name of readFileSync(list, "utf8").split(/\s+/).filter(Boolean)) {
      if (known.has(name)) used.add(name);
      else missing.push(`icons.txt: there is no Lucide icon "${name}"`);
    }
  }
  used.add("box");
  if (missing.length) throw new Error(missing.join("\n"));
  return [...used].sort().map((name) => [name, first.has(name)]);
}

function sprites() {
  const names = iconNames();
  for (const [file, isFirst] of [["sprite.svg", true], ["sprite-more.svg", false]]) {
    const inside = names.filter(([, one]) => one === isFirst).map(([name]) => symbol(name));
    put(file, `<svg xmlns="http://www.w3.org/2000/svg">${inside.join("")}</svg>`);
  }
  return names.length;
}

function symbol(name) {
  const text = readFileSync(join(lucide, `${name}.svg`), "utf8");
  const inside = text.replace(/^.*?<svg[^>]*>/s, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "").replaceAll(" />", "/>");
  return `<symbol id="${name}" viewBox="0 0 24 24">${inside}</symbol>`;
}

// The icons of the installed app: the favicon as pictures, and once without its round corners, for systems that cut them.
function pictures() {
  const round = readFileSync(join(assets, "favicon.svg"), "utf8");
  const whole = round.replace('viewBox="0 0 32 32"', 'viewBox="-4 -4 40 40"').replace('<rect width="32" height="32" rx="7"', '<rect x="-4" y="-4" width="40" height="40"');
  for (const [name, svg, width] of [["icon-180", whole, 180], ["icon-192", round, 192], ["icon-512", round, 512], ["icon-mask-512", whole, 512]]) {
    put(`${name}.png`, new Resvg(svg, { fitTo: { mode: "width", value: width } }).render().asPng());
  }
}

// The licences of what is built in go with it.
function licences() {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const texts = Object.keys(dependencies).sort().map((name) => {
    const folder = join(root, "node_modules", name);
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    if (!file) throw new Error(`${name} has no licence file`);
    return `${name}\n${"=".repeat(name.length)}\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  put("licences.txt", texts.join("\n\n"));
}

// -- all -----------------------------------------------------------------------------------------------------------
rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
await Promise.all([scripts(), styles(await font())]);
const icons = sprites();
pictures();
licences();
for (const entry of readdirSync(assets, { withFileTypes: true })) {
  if (entry.isFile() && entry.name !== "icons.txt") put(entry.name, readFileSync(join(assets, entry.name)));
}
writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify(manifest, Object.keys(manifest).sort(), 1)}\n`);
rmSync(target, { recursive: true, force: true });
renameSync(fresh, target);
console.log(`assets: ${Object.keys(manifest).length} files, ${icons} icons`);
