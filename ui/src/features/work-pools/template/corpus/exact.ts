// A template whose spelling would not outlive JSON.parse, nor a formatter; so it is text.
export const EXACT_TEXT = `{
  "x-owner": "data-platform",
  "variables": {
    "type": "object",
    "x-undeclared": "to-env",
    "required": ["ratio", "b"],
    "description": "Numbers keep their spelling, keys their order.",
    "properties": {
      "2": { "type": "string", "default": "a key that looks like a number" },
      "ratio": { "type": "number", "default": 1.0, "minimum": 0.10, "x-run": { "maximum": 12345678901234567890 } },
      "b": { "anyOf": [{ "type": "string", "format": "path" }, { "type": "null" }], "default": null, "x-colour": "red" },
      "1": { "$ref": "#/definitions/Size" },
      "env": { "type": "object", "additionalProperties": true, "default": { "B": "1", "A": 1.50, "10": "x", "9": null } },
      "key": { "type": "string", "format": "password" }
    },
    "definitions": { "Size": { "enum": ["s", "m", 3, null] } }
  },
  "job_configuration": {
    "z": "{{ ratio }}",
    "command": "run --ratio={{ratio}} {{ b | default('none') }} {{ $HOME }} {{ ctx.flow_run.name }}",
    "nested": [{ "deep": ["{{ b }}", "{{ 1 }}"] }, "{{ penstock.secrets.db }}"],
    "size": 1e3,
    "env": "{{ env }}",
    "key": "{{ key }}",
    "two": "{{ 2 }}"
  }
}`;
