// Builds zhike/web/static from zhike/web/assets: scripts, style sheet, font, icon sprite, each under a name that
// carries a hash of its content, and manifest.json that maps "main.js" to it. Run by `make assets` (npm run build).
//
// - Scripts: every file of assets/ts that no other one imports is an entry of its own.
// - Styles: assets/css/index.css with all it imports.
// - Icons: one sprite of the Lucide names that templates, declarations and scripts use.
// - Anything else directly in assets/ is copied.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { Resvg } from "@resvg/resvg-js";
import * as esbuild from "esbuild";
import { browserslistToTargets, bundleAsync } from "lightningcss";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "zhike/web/assets");
const target = join(root, "zhike/web/static");
const fresh = join(root, "zhike/web/.static-new");
const lucide = join(root, "node_modules/lucide-static/icons");
const inter = join(root, "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2");
const COMPRESSED = new Set([".js", ".css", ".svg"]);
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

// -- styles --------------------------------------------------------------------------------------------------------
async function styles(font) {
  const built = await bundleAsync({
    filename: join(assets, "css/index.css"),
    minify: true,
    targets: browserslistToTargets(["chrome 114", "edge 114", "safari 17", "ios_saf 17", "firefox 125"]),
    visitor: { Url: (url) => ({ ...url, url: url.url === "inter.woff2" ? font : url.url }) },
  });
  for (const warning of built.warnings) console.warn(`index.css: ${warning.message}`);
  put("index.css", built.code);
}

// -- icons ---------------------------------------------------------------------------------------------------------
// A name in quotes counts where it stands: anywhere in the code parts of a template, beside the word "icon" elsewhere.
// What is surely meant as an icon (icon_svg("x"), icon="x") must exist.
function iconNames() {
  const known = new Set(readdirSync(lucide).filter((name) => name.endsWith(".svg")).map((name) => name.slice(0, -4)));
  const used = new Set();
  const missing = [];
  const QUOTED = /["']([a-z][a-z0-9-]*)["']/g;
  const SURE = /(?:\bicon(?:_svg)?\(\s*|\bicon\s*[=:]\s*|sprite\.svg#)["']?([a-z][a-z0-9-]*)["']/g;
  const take = (text) => {
    for (const [, name] of text.matchAll(QUOTED)) if (known.has(name)) used.add(name);
  };
  const files = walk(join(root, "zhike"), [".html", ".py", ".ts"]);
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    for (const [, name] of text.matchAll(SURE)) {
      if (known.has(name)) used.add(name);
      else missing.push(`${relative(root, file)}: there is no Lucide icon "${name}"`);
    }
    if (file.endsWith(".html")) for (const [code] of text.matchAll(/\{[{%].*?[%}]\}/gs)) take(code);
    else for (const line of text.split("\n")) if (/icon/i.test(line)) take(line);
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
  return [...used].sort();
}

function sprite() {
  const symbols = iconNames().map((name) => {
    const text = readFileSync(join(lucide, `${name}.svg`), "utf8");
    const inside = text.replace(/^.*?<svg[^>]*>/s, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "").replaceAll(" />", "/>");
    return `<symbol id="${name}" viewBox="0 0 24 24">${inside}</symbol>`;
  });
  put("sprite.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
  return symbols.length;
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
const font = put("inter.woff2", readFileSync(inter));
await Promise.all([scripts(), styles(font)]);
const icons = sprite();
pictures();
licences();
for (const entry of readdirSync(assets, { withFileTypes: true })) {
  if (entry.isFile() && entry.name !== "icons.txt") put(entry.name, readFileSync(join(assets, entry.name)));
}
writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify(manifest, Object.keys(manifest).sort(), 1)}\n`);
rmSync(target, { recursive: true, force: true });
renameSync(fresh, target);
console.log(`assets: ${Object.keys(manifest).length} files, ${icons} icons`);
