import { EditorView } from "@codemirror/view";
import { act, screen } from "@testing-library/react";

// Where text stands is not known here, as nothing is laid out.
Range.prototype.getClientRects ??= () => [] as unknown as DOMRectList;

const viewOf = async (label: string): Promise<EditorView> => {
  const view = EditorView.findFromDOM(await screen.findByLabelText(label));
  if (!view) throw new Error(`“${label}” is no editor.`);
  return view;
};

/** What stands in a JSON editor, once that is loaded. */
export async function editorText(label: string): Promise<string> {
  return (await viewOf(label)).state.doc.toString();
}

/** Puts another text into a JSON editor, as somebody who types it does. */
export async function typeJson(label: string, text: string): Promise<void> {
  const view = await viewOf(label);
  act(() => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }));
}
