package dev.packtrain.training.collectives;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a rank says about itself in the store.
 *
 * @param beat rises with every report
 * @param left whether it has left the run
 * @param process where it runs
 * @param calls its last calls by group, oldest first
 */
record PeerReport(long beat, boolean left, HostIdentity process, Map<String, List<CollectiveCall>> calls) {
    private static final String GROUP = "group ";

    static PeerReport of(long beat, boolean left, HostIdentity process, Collection<CollectiveLog> logs) {
        Map<String, List<CollectiveCall>> calls = new LinkedHashMap<>();
        logs.forEach(log -> calls.put(log.key(), log.last()));
        return new PeerReport(beat, left, process, calls);
    }

    /** Its call of this number in a group, if it is one of the last. */
    Optional<CollectiveCall> call(String group, long number) {
        return calls.getOrDefault(group, List.of()).stream()
                .filter(call -> call.number() == number)
                .findFirst();
    }

    /** The last it has called in a group. */
    Optional<CollectiveCall> last(String group) {
        List<CollectiveCall> all = calls.getOrDefault(group, List.of());
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
    }

    String toText() {
        List<String> lines = new ArrayList<>();
        lines.add("%d %b %s %d %d".formatted(beat, left, process.host(), process.pid(), process.startTime()));
        calls.forEach((group, last) -> {
            lines.add(GROUP + group);
            last.forEach(call -> lines.add(call.toLine()));
        });
        return String.join("\n", lines);
    }

    static PeerReport parse(String text) {
        List<String> lines = text.lines().toList();
        String[] head = lines.get(0).split(" ", -1);
        Map<String, List<CollectiveCall>> calls = new LinkedHashMap<>();
        List<CollectiveCall> current = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            if (line.startsWith(GROUP)) {
                current = new ArrayList<>();
                calls.put(line.substring(GROUP.length()), current);
            } else {
                CollectiveCall.parse(line).ifPresent(current::add);
            }
        }
        HostIdentity process = new HostIdentity(head[2], Long.parseLong(head[3]), Long.parseLong(head[4]));
        return new PeerReport(Long.parseLong(head[0]), Boolean.parseBoolean(head[1]), process, calls);
    }
}
