/** Pictures of a run for a notebook or a web page. In: {@code metrics.jsonl}. Out: SVG text. */
package dev.packtrain.jobs.plot;
