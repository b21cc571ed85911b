package dev.packtrain.training.collectives;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Why a call does not end: from what the ranks of its group say about themselves, to one sentence. */
final class Diagnosis {
    private final CollectiveLog log;
    private final CollectiveCall call;
    private final HostIdentity here;
    private final Map<Integer, PeerReport> reports;

    /**
     * For a running call.
     *
     * @param log of its group
     * @param call the running one
     * @param here this process
     * @param reports of other ranks of the world, as far as known
     */
    Diagnosis(CollectiveLog log, CollectiveCall call, HostIdentity here, Map<Integer, PeerReport> reports) {
        this.log = log;
        this.call = call;
        this.here = here;
        this.reports = reports;
    }

    /** A rank that has called something else, has ended or has left: then the call will never end. */
    Optional<String> hopeless() {
        for (int rank : log.ranks()) {
            PeerReport report = reports.get(rank);
            if (report != null) {
                Optional<String> sentence = mismatch(rank, report).or(() -> absence(rank, report));
                if (sentence.isPresent()) {
                    return sentence;
                }
            }
        }
        return Optional.empty();
    }

    private Optional<String> mismatch(int rank, PeerReport report) {
        return report.call(log.key(), call.number())
                .filter(theirs -> !theirs.equals(call))
                .map(theirs ->
                        "group %s does not agree: this rank called %s, and rank %d called %s; every rank must make the same calls in the same order."
                                .formatted(log.group(), call.describe(), rank, theirs.describe()));
    }

    private Optional<String> absence(int rank, PeerReport report) {
        boolean hasTakenPart = report.last(log.key())
                .filter(last -> last.number() > call.number())
                .isPresent();
        if (hasTakenPart) {
            return Optional.empty();
        }
        if (report.left()) {
            return Optional.of("%s cannot end: rank %d has left the run.".formatted(title(), rank));
        }
        if (here.sameHost(report.process()) && report.process().isGone()) {
            return Optional.of("%s cannot end: rank %d is gone (process %d has ended)."
                    .formatted(title(), rank, report.process().pid()));
        }
        return Optional.empty();
    }

    private String title() {
        return "%s of group %s".formatted(call.describe(), log.group());
    }

    /** A rank whose reports have stopped. */
    String silent(int rank, Duration silence) {
        PeerReport report = reports.get(rank);
        boolean stopped = report != null && isStopped(report);
        return "%s cannot end: rank %d has given no sign of life for %d s%s."
                .formatted(
                        title(),
                        rank,
                        silence.toSeconds(),
                        stopped
                                ? " (process %d is stopped)"
                                        .formatted(report.process().pid())
                                : "; its process hangs, is stopped, or its network is cut off");
    }

    private boolean isStopped(PeerReport report) {
        return here.sameHost(report.process()) && report.process().isStopped();
    }

    /** The store cannot be reached, so nobody's reports can. */
    String storeLost(String reason) {
        return "%s cannot end: rank 0, which keeps the run's store, cannot be reached (%s).".formatted(title(), reason);
    }

    /** The deadline has passed. */
    String late(Duration timeout) {
        List<String> missing = new ArrayList<>();
        for (int rank : log.ranks()) {
            PeerReport report = reports.get(rank);
            Optional<CollectiveCall> last = report == null ? Optional.empty() : report.last(log.key());
            if (report != null && (last.isEmpty() || last.get().number() < call.number())) {
                missing.add("rank %d has not called it%s"
                        .formatted(
                                rank,
                                last.map(l -> " (its last was " + l.describe() + ")")
                                        .orElse("")));
            } else if (report != null && isStopped(report)) {
                missing.add("rank %d is stopped (process %d)"
                        .formatted(rank, report.process().pid()));
            }
        }
        return "%s did not end within %d s (ddp_timeout): %s."
                .formatted(
                        title(),
                        timeout.toSeconds(),
                        missing.isEmpty()
                                ? "every rank that can be reached has called it"
                                : String.join(", ", missing));
    }

    /** What the transport said, where nothing better is known. */
    String failed(String reason) {
        return "%s failed, because another rank is gone or cannot be reached: %s.".formatted(title(), reason);
    }
}
