import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tokenize } from "../../src/identity/tokens.ts";
import { transform } from "./compile.ts";

const text = (source: string): string => tokenize(source).text;

describe("sources that are one program", () => {
  test.each([
    ["comments", "function f(a) { return a }", "function f(/* the a */ a) { // back\n return a }"],
    ["a comment with a quote in it", "(a) => { b() }", "(a) => { /* don't */ b() } "],
    ["indentation and line breaks", "function f(a) {\n  if (a) {\n    b();\n  }\n}", "function f(a){if(a){b();}}"],
    [
      "braces on a line of their own",
      "function f(a) {\n  if (a) {\n    b()\n  }\n}",
      "function f(a)\n{\n  if (a)\n  {\n    b()\n  }\n}",
    ],
    ["broken chains", "() => a.b().c()", "() =>\n  a\n    .b()\n    .c()"],
    ["broken operators", "() => a && b ? c : d", "() =>\n  a &&\n  b\n    ? c\n    : d"],
    ["a broken list", "() => f(a, [b, c], { d: e })", "() => f(\n a,\n [\n b,\n c\n],\n {\n d: e\n}\n)"],
    ["an else on its own line", "() => { if (a) b(); else c(); }", "() => { if (a) b();\nelse\nc(); }"],
    ["Windows line ends, in templates too", "() => `a\n${b}\n`", "() =>\r\n`a\r\n${b}\r\n`"],
    ["a regular expression after if", "(a) => { if (a) /b/.test(c) }", "(a) => { if (a) /* d */ /b/.test(c) }"],
    ["blanks after division", "(a, b, c) => (a + b) / c / a", "(a,b,c)=>(a+b)/c/a // '"],
  ])("%s", (_, one, other) => {
    expect(text(one)).toBe(text(other));
  });
});

describe("sources that are two programs", () => {
  test.each([
    ["return and a break", "() => { return\na }", "() => { return a }"],
    ["return and a break in a comment", "() => { return /*\n*/ a }", "() => { return /* */ a }"],
    ["return and a parenthesis", "() => { return\n(a) }", "() => { return (a) }"],
    ["increments", "() => { a\n++b }", "() => { a++\nb }"],
    ["increments on a line of their own", "() => { a\n++\nb }", "() => { a++\nb }"],
    ["yield and a break", "function* f() { yield\na }", "function* f() { yield a }"],
    ["break and a label", "() => { a: for (;;) { break\na } }", "() => { a: for (;;) { break a } }"],
    ["async method and field", "() => class { async\n*a() {} }", "() => class { async *a() {} }"],
    ["template text", "() => `a b`", "() => `a  b`"],
    ["template line", "() => `a\nb`", "() => `a b`"],
    ["a comment in a template", "() => `a/* */b`", "() => `a/**/b`"],
    ["a comment in a string", "() => 'a//b'", "() => 'a//c'"],
    ["a comment in a regular expression", "() => /a[/*]b/", "() => /a[/*]c/"],
    ["a line comment in a class of a regular expression", "() => /[//]a/.test(b)", "() => /[//]b/.test(b)"],
    ["a regular expression after if", "(a) => { if (a) /b'c/.test(d) }", "(a) => { if (a) /b'd/.test(d) }"],
    [
      "division and a string",
      "(a) => a.return / 'b /* '.length / c + ' */'",
      "(a) => a.return / 'b /* '.length / d + ' */'",
    ],
    [
      "division after a property called return",
      "(a) => a.return / 'x/ /*' / b / '*/' + /'/.source",
      "(a) => a.return / 'x/ /*' / c / '*/' + /'/.source",
    ],
    ["after a brace", "() => {} /1//1\n/a", "() => {} /1//2\n/a"],
    ["after a brace that ends an object", "(a) => ({} / a /* / 1 */)", "(a) => ({} / a /* / 2 */ + 1)"],
    ["plus and plus", "(a, b) => a + +b", "(a, b) => a ++ +b"],
    ["joined words", "() => typeof a", "() => typeofa"],
    ["joined numbers", "() => 1 .a", "() => 1. a"],
    ["quotes", "() => 'a'", '() => "a"'],
    ["number forms", "() => 16", "() => 0x10"],
    ["escaped names", "() => \\u0061", "() => a"],
    ["HTML-like comments", "(a, b) => a<!--b\n", "(a, b) => a<!--c\n"],
    ["commas", "(a) => f(a, )", "(a) => f(a)"],
    ["a semicolon", "() => { a\nb }", "() => { a; b }"],
  ])("%s", (_, one, other) => {
    expect(text(one)).not.toBe(text(other));
  });
});

const word = fc.constantFrom("a", "b", "return", "yield", "async", "if", "in", "typeof", "let", "of");
const simple = fc.constantFrom(..."+ ++ - -- / /= * ( ) [ ] { } ; , . ... ? : => = ! 'x' \"y\" /r/ 1 .5 #p".split(" "));
const piece = fc.oneof(simple, fc.constantFrom("`t`", "`h${", "}t`"));
// A slash alone takes what follows for a regular expression, blanks and all.
const certain = simple.filter((token) => token !== "/" && token !== "/=");
const blank = fc.constantFrom(" ", "\n", "/* c */", "/*\n*/", "// c\n", "\t");

describe("properties", () => {
  test("a source read again from its own tokens is the same", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, certain)), fc.array(blank), (tokens, blanks) => {
        const source = tokens.map((token, i) => `${token} ${blanks[i % (blanks.length || 1)] ?? " "}`).join("");
        const read = tokenize(source).tokens;
        // Blanks of any kind without a line break are one blank.
        if (read !== undefined)
          expect(text(source.replaceAll("/* c */", " ").replaceAll("\t", " "))).toBe(text(source));
      }),
    );
  });

  // What an expert says: esbuild parses. Where it prints two sources differently, they must not be one to us.
  const statement = fc
    .array(fc.tuple(fc.oneof(word, piece), fc.constantFrom(" ", "\n", "")), { maxLength: 12 })
    .map((parts) => parts.map(([token, gap]) => token + gap).join(""));
  const printed = (body: string): Promise<string | undefined> =>
    transform(`async function* f(a, b) { ${body} }`, { loader: "js", minifyWhitespace: true }).catch(() => undefined);

  test("no two programs have one text", async () => {
    await fc.assert(
      fc.asyncProperty(statement, fc.array(fc.nat(30)), async (body, places) => {
        const code = await printed(body);
        if (code === undefined) return;
        // The same tokens with other line breaks, and with blanks that a careless reader would drop.
        const other = [...body]
          .map((c, i) => (c === " " && places.includes(i) ? "\n" : c === "\n" && places.includes(i) ? " " : c))
          .join("");
        const otherCode = await printed(other);
        if (otherCode === undefined || otherCode === code) return;
        expect(text(`async function* f(a, b) { ${body} }`)).not.toBe(text(`async function* f(a, b) { ${other} }`));
      }),
      { numRuns: 2000 },
    );
  });
});
