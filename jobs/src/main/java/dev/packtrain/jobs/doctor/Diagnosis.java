package dev.packtrain.jobs.doctor;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A check and what it found.
 *
 * @param what was looked at
 * @param finding what was found
 */
public record Diagnosis(String what, Finding finding) {
    private static final String INDENT = "      ";

    /** Whether Packtrain cannot run as it is. */
    public boolean failed() {
        return finding.status() == Finding.Status.FAIL;
    }

    /** {@code ok|warn|FAIL  what: finding}, and indented below it what to change. */
    public String text() {
        String line = "%-4s  %s: %s".formatted(finding.status().word(), what, finding.text());
        return finding.change().isEmpty() ? line : line + System.lineSeparator() + INDENT + "-> " + finding.change();
    }

    /** {@code status}, {@code what}, {@code finding} and, if not ok, {@code change}. */
    Map<String, String> json() {
        Map<String, String> json = new LinkedHashMap<>();
        json.put("status", finding.status().word());
        json.put("what", what);
        json.put("finding", finding.text());
        if (!finding.change().isEmpty()) {
            json.put("change", finding.change());
        }
        return json;
    }
}
