import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { type Diagnostic, linter, lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { getNonce } from "get-nonce";
import { useEffect, useRef } from "react";
import { cx } from "./cx";
import type { JsonEditorProblem, JsonEditorProps } from "./json-editor";

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: tags.string, color: "var(--text)" },
  { tag: [tags.number, tags.bool], color: "var(--info)" },
  { tag: tags.null, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.separator, tags.brace, tags.squareBracket], color: "var(--muted)" },
]);

const theme = EditorView.theme({
  // As high as the box around it, so that all of it takes a click and shows the focus.
  "&": {
    minHeight: "inherit",
    color: "var(--text)",
    backgroundColor: "var(--surface)",
    fontSize: "0.8125rem",
  },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-1px" },
  ".cm-scroller": {
    fontFamily: "var(--font-mono, ui-monospace, monospace)",
    lineHeight: "1.5",
    maxHeight: "70dvh",
  },
  ".cm-content": { padding: "0.5rem 0", caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": {
    color: "var(--muted)",
    backgroundColor: "var(--sunken)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": {
    backgroundColor: "color-mix(in srgb, var(--hover) 60%, transparent)",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent)",
  },
  ".cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  ".cm-tooltip, .cm-panels": {
    color: "var(--text)",
    backgroundColor: "var(--raised)",
    border: "1px solid var(--line)",
    borderRadius: "0.375rem",
  },
  ".cm-panels": { borderRadius: "0" },
  ".cm-diagnostic": { padding: "0.25rem 0.5rem" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--danger)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--warning)" },
  ".cm-textfield": { backgroundColor: "var(--surface)", border: "1px solid var(--line-strong)" },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--raised)",
    border: "1px solid var(--line)",
  },
});

function editing(): Extension[] {
  return [
    lineNumbers(),
    foldGutter(),
    lintGutter(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    EditorView.lineWrapping,
    json(),
    syntaxHighlighting(colours),
    theme,
    keymap.of([
      ...closeBracketsKeymap,
      // Mod-Enter is the page's: it sends what is edited.
      ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...lintKeymap,
      indentWithTab,
    ]),
  ];
}

const syntax = jsonParseLinter();
/** Of a change that comes from outside and not from whoever types. */
const given = Annotation.define<boolean>();

function diagnosticsOf(view: EditorView, problems: readonly JsonEditorProblem[]): Diagnostic[] {
  const { length } = view.state.doc;
  const found = length ? syntax(view) : [];
  if (found.length) return found;
  return problems.map(({ from, to = from, message, severity = "error" }) => ({
    from: Math.min(from, length),
    to: Math.min(Math.max(to, from), length),
    message,
    severity,
  }));
}

/** CodeMirror, as an uncontrolled view that follows `value` when that changes from outside. */
export default function JsonEditorView(props: JsonEditorProps) {
  const { value, label, problems, describedBy, readOnly = false, lines = 8, className } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  const lint = useRef(new Compartment());
  const attributes = useRef(new Compartment());
  // What was typed and has not come back as `value` yet: it is older than what stands in the view.
  const underway = useRef<string[]>([]);
  latest.current = props;

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          ...editing(),
          EditorView.cspNonce.of(getNonce() ?? ""),
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
          attributes.current.of([]),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged || update.transactions.some((each) => each.annotation(given))) return;
            const text = update.state.doc.toString();
            underway.current.push(text);
            latest.current.onChange?.(text);
          }),
          EditorState.readOnly.of(readOnly),
          lint.current.of([]),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label, readOnly]);

  useEffect(() => {
    const editor = view.current;
    const place = underway.current.indexOf(value);
    if (!editor || editor.state.doc.toString() === value) underway.current = [];
    else if (place >= 0) underway.current.splice(0, place + 1);
    else {
      underway.current = [];
      const changes = { from: 0, to: editor.state.doc.length, insert: value };
      editor.dispatch({ changes, annotations: given.of(true) });
    }
  }, [value]);

  const isInvalid = Boolean(problems?.some(({ severity = "error" }) => severity === "error"));
  // biome-ignore lint/correctness/useExhaustiveDependencies: a view that was made anew needs it again
  useEffect(() => {
    const told = {
      ...(describedBy ? { "aria-describedby": describedBy } : {}),
      ...(isInvalid ? { "aria-invalid": "true" } : {}),
    };
    view.current?.dispatch({
      effects: attributes.current.reconfigure(EditorView.contentAttributes.of(told)),
    });
  }, [isInvalid, describedBy, label, readOnly]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a view that was made anew needs it again
  useEffect(() => {
    const told = problems ?? [];
    const check = linter((editor) => diagnosticsOf(editor, told), { delay: 250 });
    view.current?.dispatch({ effects: lint.current.reconfigure(check) });
  }, [problems, label, readOnly]);

  return (
    <div
      ref={host}
      style={{ minHeight: `${lines * 1.25}rem` }}
      className={cx("min-w-0 overflow-hidden rounded-md border border-line-strong bg-surface", className)}
    />
  );
}
